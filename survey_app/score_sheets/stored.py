"""Check the editions that the database holds: still what was signed, and still what the answers give."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from survey_app.audit.queries import is_sealed_head
from survey_app.questionnaires import Questionnaire
from survey_app.score_sheets.canonical import digest
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.reading import exact, number
from survey_app.score_sheets.sealed import snapshot_of
from survey_app.score_sheets.signing import Keys, find_signer
from survey_app.scores.models import ScoreLevel
from survey_app.scores.queries import respondent_marks, wave_scores
from survey_app.scores.rules import respondent_scores


def stored_differences(session: Session, edition: Edition, keys: Keys) -> list[str]:
    """Return what in the database no longer fits the signed edition."""
    signer = find_signer(keys, edition.snapshot.encode(), edition.signature)
    if digest(edition.snapshot) != edition.sha256 or signer is None:
        return ["edition: the stored snapshot is not the one that was signed"]
    return [
        *_audit_differences(session, edition),
        *_score_differences(session, edition),
        *_answer_differences(session, edition),
    ]


def _audit_differences(session: Session, edition: Edition) -> Iterator[str]:
    """Look for the head of the audit log that each edition of the sheet has sealed."""
    for one in edition.sheet.editions:
        if not is_sealed_head(session, snapshot_of(one)["audit_head"]):
            yield f"audit log: entries that edition {one.number} sealed were deleted"


def _score_differences(session: Session, edition: Edition) -> Iterator[str]:
    scores = {
        one.subject_key: one.exact
        for one in wave_scores(session, edition.sheet.wave)
        if one.level is ScoreLevel.INDICATOR
    }
    for line in snapshot_of(edition)["lines"]:
        sealed = None if line["exact"] is None else number(line["exact"])
        if scores.get(line["key"]) != sealed:
            yield f"score: {line['key']} was changed after the sheet was sealed"


def _answer_differences(session: Session, edition: Edition) -> Iterator[str]:
    wave = edition.sheet.wave
    questionnaire = Questionnaire.from_canonical(wave.definition or {})
    marks = respondent_marks(session, wave, questionnaire)
    n_questions = {key: len(found) for key, found in questionnaire.questions_by_indicator().items()}
    for line in snapshot_of(edition)["lines"]:
        if line["measure"] not in ("survey", "mixed"):
            continue
        given = sorted(respondent_scores(marks.get(line["key"], ()), n_questions.get(line["key"], 0)))
        listed = None if line["marks"] is None else [number(mark) for mark in line["marks"]]
        total = exact(line["marks_total"])
        if (total is not None and sum(given) != total) or (listed is not None and given != listed):
            yield f"answers: {line['key']} was changed after the sheet was sealed"
