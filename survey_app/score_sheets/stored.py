"""Check the editions that the database holds: still what was signed, and still what the answers give."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.queries import entries_about, is_sealed_head
from survey_app.bonuses.queries import current_bonus
from survey_app.measurements.models import Measurement
from survey_app.measurements.rules import period_name
from survey_app.questionnaires import Questionnaire
from survey_app.score_sheets.canonical import digest, plain
from survey_app.score_sheets.content import describe_bonus
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.reading import exact, number
from survey_app.score_sheets.sealed import snapshot_of
from survey_app.score_sheets.signing import Keys, find_signer
from survey_app.score_sheets.stored_frozen import frozen_differences
from survey_app.score_sheets.stored_log import log_differences
from survey_app.scores.queries import respondent_marks
from survey_app.scores.rules import respondent_scores

CHANGED = "the stored snapshot is not the one that was signed"


def stored_differences(session: Session, edition: Edition, keys: Keys) -> list[str]:
    """Return what in the database no longer fits the signed edition.

    Answers that were erased, their time being past, are no difference: the edition says what they gave.
    """
    changed = [f"edition {one.number}: {CHANGED}" for one in edition.sheet.editions if not _is_signed(one, keys)]
    if changed:
        return changed
    return [
        *_audit_differences(session, edition),
        *log_differences(session, edition.sheet),
        *frozen_differences(session, edition.sheet.wave, snapshot_of(edition)),
        *_answer_differences(session, edition),
        *_fact_differences(session, edition),
        *_bonus_differences(session, edition),
    ]


def _is_signed(edition: Edition, keys: Keys) -> bool:
    signer = find_signer(keys, edition.snapshot.encode(), edition.signature)
    return digest(edition.snapshot) == edition.sha256 and signer is not None


def _audit_differences(session: Session, edition: Edition) -> Iterator[str]:
    """Look for the head of the audit log that each edition of the sheet has sealed."""
    for one in edition.sheet.editions:
        if not is_sealed_head(session, snapshot_of(one)["audit_head"]):
            yield f"audit log: entries that edition {one.number} sealed were deleted"


def _answer_differences(session: Session, edition: Edition) -> Iterator[str]:
    wave = edition.sheet.wave
    if wave.erased_at is not None:
        if all(one.action != "wave_erased" for one in entries_about(session, "wave", wave.id)):
            yield "answers: they are marked as erased, and the audit log knows of no erasure"
        return
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


def _fact_differences(session: Session, edition: Edition) -> Iterator[str]:
    """Look for each sealed count among the rows of its period; a correction leaves the row that it replaces."""
    version = edition.sheet.wave.agreement_version
    for fact in snapshot_of(edition)["facts"]:
        rows = session.scalars(
            select(Measurement.counts).where(
                Measurement.agreement_id == (version.agreement_id if version else None),
                Measurement.indicator_key == fact["line"],
                Measurement.period_key == fact["period"],
            )
        )
        if fact["counts"] not in list(rows):
            period = period_name(fact["period"], "en")
            yield f"facts: {fact['line']} of {period} was changed after the sheet was sealed"


def _bonus_differences(session: Session, edition: Edition) -> Iterator[str]:
    """Compare the stored amount and its trace; each correction computes its own before it is sealed."""
    stored = describe_bonus(current_bonus(session, edition.sheet.wave))
    if plain(stored) != snapshot_of(edition)["bonus"]:
        yield "bonus: the stored amount is not the one that was sealed"
