"""Check a sheet: its figures follow from one another, and the database still holds what was signed."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.queries import entries_about, is_sealed_head
from survey_app.bonuses.queries import current_bonus
from survey_app.bonuses.rules import Measured, settle
from survey_app.bonuses.scheme import read_scheme
from survey_app.campaigns.models import Wave
from survey_app.catalogue.rules import parse_formula
from survey_app.measurements.models import Measurement
from survey_app.measurements.rules import Counts, mean_counts, period_name
from survey_app.questionnaires import Questionnaire
from survey_app.score_sheets.content import describe_bonus
from survey_app.score_sheets.models import ContestOutcome, Edition, ScoreSheet
from survey_app.score_sheets.signing import Keys, find_signer
from survey_app.score_sheets.snapshot import digest, exact, plain, snapshot_of
from survey_app.scores.models import Score, ScoreLevel
from survey_app.scores.queries import respondent_marks, wave_scores
from survey_app.scores.rules import respondent_scores

CHANGED = "the stored snapshot is not the one that was signed"
DATES = ("starts_on", "ends_on", "launched_at", "closed_at")
PROMISED = ("obligor", "measure", "weight", "threshold", "target", "is_paying")
JUDGED = ("exact", "is_breach", "state", "n_respondents", "population")
ANSWERED = (ContestOutcome.STANDS, ContestOutcome.SET_ASIDE)
Log = dict[str, list[tuple[str, dict[str, Any]]]]


def recomputed_differences(snapshot: dict[str, Any]) -> list[str]:
    """Return what does not follow from the marks: nothing, for every sheet that this product issues."""
    checks = (_line_differences, _companion_differences, _mean_differences, _money_differences)
    return [difference for check in checks for difference in check(snapshot)]


def _line_differences(snapshot: dict[str, Any]) -> Iterator[str]:
    for line in snapshot["lines"]:
        score = exact(line["exact"])
        if score is not None and line["is_breach"] != (score < Fraction(line["threshold"])):
            yield f"{line['key']}: verdict"
        if line["measure"] == "survey" and not line["method"].startswith("role-shares"):
            total = exact(line["marks_total"])
            mean = total / line["n"] if line["n"] and total is not None else None
            if mean != score or _listed_total(line) != total:
                yield f"{line['key']}: score"
        if line["measure"] == "mixed" and score is not None:
            share = Fraction(line["survey_share"])
            if score != share * Fraction(line["survey_mark"]) + (1 - share) * Fraction(line["fact_mark"]):
                yield f"{line['key']}: score"


def _listed_total(line: dict[str, Any]) -> Fraction | None:
    if line["marks"] is None:
        return exact(line["marks_total"])
    return sum((Fraction(mark) for mark in line["marks"]), Fraction(0))


def _companion_differences(snapshot: dict[str, Any]) -> Iterator[str]:
    """Yield the ratios beside a mark that do not follow from the counts that the sheet holds."""
    counted: dict[str, list[Counts]] = {}
    for fact in snapshot["facts"]:
        counts = {key: Fraction(text) for key, text in fact["counts"].items()}
        counted.setdefault(fact["line"], []).append(counts)
    for line in snapshot["lines"]:
        means = mean_counts(counted.get(line["key"], ()))
        for companion in line["companions"]:
            if parse_formula(companion["expression"]).evaluate(means) != exact(companion["exact"]):
                yield f"{line['key']}: companion"


def _mean_differences(snapshot: dict[str, Any]) -> Iterator[str]:
    for mean in snapshot["means"]:
        lines = [
            line
            for line in snapshot["lines"]
            if line["exact"] is not None
            and (line["obligor"] == "client") == (mean["party"] == "client")
            and mean["key"] in ("overall", line["theme"])
        ]
        weight = sum((Fraction(line["weight"]) for line in lines), Fraction(0))
        total = sum((Fraction(line["exact"]) * Fraction(line["weight"]) for line in lines), Fraction(0))
        if exact(mean["exact"]) != (total / weight if weight else None):
            yield f"{mean['key']}: mean"


def _money_differences(snapshot: dict[str, Any]) -> Iterator[str]:
    bonus = snapshot["bonus"]
    if bonus is None:
        return
    trace = bonus["trace"]
    carried = {part["subject_key"]: Fraction(part["carried"]) for part in trace["parts"]}
    payment = settle(read_scheme(trace["scheme"]), list(_measured(snapshot)), carried, is_baseline=bonus["is_baseline"])
    if payment.amount != Decimal(bonus["amount"]):
        yield "amount"


def _measured(snapshot: dict[str, Any]) -> Iterator[Measured]:
    """Yield what the money rests on; a line that both parties set aside has no score there."""
    parts = {part["subject_key"]: part for part in snapshot["bonus"]["trace"]["parts"]}
    for line in snapshot["lines"]:
        one = Measured(
            key=line["key"],
            level="indicator",
            score=exact(line["exact"]),
            weight=Decimal(line["weight"]),
            threshold=Decimal(line["threshold"]),
            target=Decimal(line["target"]) if line["target"] else None,
            state=line["state"],
            is_paying=line["is_paying"],
        )
        is_set_aside = line["key"] in parts and parts[line["key"]]["score"] is None
        yield replace(one, score=None) if is_set_aside else one
    for mean in snapshot["means"]:
        if mean["party"] == "agency":
            level = "overall" if mean["key"] == "overall" else "theme"
            yield Measured(key=mean["key"], level=level, score=exact(mean["exact"]), weight=Decimal(mean["weight"]))


def stored_differences(session: Session, edition: Edition, keys: Keys) -> list[str]:
    """Return what in the database no longer fits the signed edition.

    Answers that were erased, their time being past, are no difference: the edition says what they gave.
    """
    changed = [f"edition {one.number}: {CHANGED}" for one in edition.sheet.editions if not _is_signed(one, keys)]
    if changed:
        return changed
    return [
        *_audit_differences(session, edition),
        *_log_differences(session, edition.sheet),
        *_frozen_differences(session, edition.sheet.wave, snapshot_of(edition)),
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
        listed = None if line["marks"] is None else [Fraction(mark) for mark in line["marks"]]
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


def _frozen_differences(session: Session, wave: Wave, sealed: dict[str, Any]) -> Iterator[str]:
    if [plain(getattr(wave, name)) for name in DATES] != [sealed["wave"][name] for name in DATES]:
        yield "wave: its dates are not those that were sealed"
    if wave.definition_hash != sealed["questionnaire"]["hash"]:
        yield "questionnaire: it is not the one that was sealed"
    yield from _agreement_differences(wave, sealed)
    yield from _score_differences(wave_scores(session, wave), sealed)


def _agreement_differences(wave: Wave, sealed: dict[str, Any]) -> Iterator[str]:
    version = wave.agreement_version
    if version is None or version.content_hash != sealed["agreement"]["hash"]:
        yield "agreement: it is not the one that was sealed"
        return
    promised = {one.indicator_key: [plain(getattr(one, name)) for name in PROMISED] for one in version.commitments}
    for line in sealed["lines"]:
        if promised.get(line["key"]) != [line[name] for name in PROMISED]:
            yield f"agreement: {line['key']} was changed after the sheet was sealed"


def _score_differences(scores: Sequence[Score], sealed: dict[str, Any]) -> Iterator[str]:
    lines = {one.subject_key: one for one in scores if one.level is ScoreLevel.INDICATOR}
    means = {(one.subject_key, one.obligor.value): one for one in scores if one.level is not ScoreLevel.INDICATOR}
    for line in sealed["lines"]:
        if not _is_same(lines.get(line["key"]), line):
            yield f"score: {line['key']} was changed after the sheet was sealed"
    for mean in sealed["means"]:
        found = means.get((mean["key"], mean["party"]))
        if found is None or plain(found.exact) != mean["exact"]:
            yield f"mean: {mean['key']} was changed after the sheet was sealed"


def _is_same(score: Score | None, line: dict[str, Any]) -> bool:
    """Compare a line's score; bounds that the sheet keeps back are no difference."""
    if score is None:
        return False
    sealed = [line["exact"], line["is_breach"], line["state"], line["n"], line["population"]]
    bounds = all(line[name] is None or plain(getattr(score, name)) == line[name] for name in ("low", "high"))
    return bounds and [plain(getattr(score, name)) for name in JUDGED] == sealed


def _log_differences(session: Session, sheet: ScoreSheet) -> Iterator[str]:
    log = _read_log(session, sheet)
    yield from _edition_differences(sheet, log)
    yield from _approval_differences(sheet, log)
    yield from _contest_differences(sheet, log)
    yield from _reading_differences(sheet, log)


def _read_log(session: Session, sheet: ScoreSheet) -> Log:
    log: Log = {}
    for one in entries_about(session, "score_sheet", sheet.id):
        log.setdefault(one.action, []).append((one.actor, json.loads(one.details)))
    return log


def _edition_differences(sheet: ScoreSheet, log: Log) -> Iterator[str]:
    """Hold who issued each edition, and that none is missing: the next one would be approved by its author."""
    issued = {(actor, details.get("edition")) for actor, details in log.get("sheet_issued", ())}
    if issued != {(one.issued_by, one.number) for one in sheet.editions}:
        yield "editions: the audit log tells of other ones, or of somebody else who issued them"
    for one in sheet.editions:
        sealed = snapshot_of(one)
        if (one.reason, plain(one.issued_at)) != (sealed["reason"], sealed["issued_at"]):
            yield f"edition {one.number}: its reason or its date is not the one that was sealed"


def _approval_differences(sheet: ScoreSheet, log: Log) -> Iterator[str]:
    """Look for the log's entry of each approval: without one, nobody said that the amount may be paid."""
    approved = {(actor, details.get("sha256")) for actor, details in log.get("sheet_approved", ())}
    stored = {(one.approval.approved_by, one.sha256) for one in sheet.editions if one.approval is not None}
    if stored - approved:
        yield "approval: the audit log knows of none for this edition"
    if approved - stored:
        yield "approval: one that the audit log tells of is missing"


def _contest_differences(sheet: ScoreSheet, log: Log) -> Iterator[str]:
    """Hold every objection to what the log and the sealed editions tell of it."""
    stored = (
        Counter((one.indicator_key, one.party.value) for one in sheet.contests),
        Counter((one.indicator_key, one.outcome.value) for one in sheet.contests if one.outcome in ANSWERED),
        Counter(one.indicator_key for one in sheet.contests if one.outcome is ContestOutcome.WITHDRAWN),
    )
    logged = (
        Counter((about.get("line"), about.get("party")) for _, about in log.get("line_contested", ())),
        Counter((about.get("line"), about.get("outcome")) for _, about in log.get("contest_answered", ())),
        Counter(about.get("line") for _, about in log.get("contest_withdrawn", ())),
    )
    if stored != logged:
        yield "objections: the audit log tells of other ones, or of other answers"
    known = {(one.indicator_key, one.party.value, plain(one.raised_at)): one for one in sheet.contests}
    for edition in sheet.editions:
        for printed in snapshot_of(edition)["contests"]:
            row = known.get((printed["line"], printed["party"], printed["raised_at"]))
            words = row and (row.author, row.reason, row.answer if printed["answer"] else "")
            if words != (printed["author"], printed["reason"], printed["answer"]):
                yield f"objections: the one to {printed['line']} is not as edition {edition.number} prints it"


def _reading_differences(sheet: ScoreSheet, log: Log) -> Iterator[str]:
    said = {(about.get("recipient"), about.get("edition")) for _, about in log.get("sheet_read", ())}
    for one in sheet.recipients:
        if one.read_edition is not None and (one.id, one.read_edition) not in said:
            yield f"reading: the audit log does not know that {one.name} read edition {one.read_edition}"
