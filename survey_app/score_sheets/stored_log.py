"""Compare what the database says of a sheet's editions, objections and readings with the log, which is chained."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sqlalchemy.orm import Session

from survey_app.audit.queries import entries_about
from survey_app.score_sheets.canonical import plain
from survey_app.score_sheets.models import ContestOutcome, ScoreSheet
from survey_app.score_sheets.sealed import snapshot_of

ANSWERED = (ContestOutcome.STANDS, ContestOutcome.SET_ASIDE)
Told = dict[str, list[tuple[str, dict[str, Any]]]]


def log_differences(session: Session, sheet: ScoreSheet) -> Iterator[str]:
    told = _read_log(session, sheet)
    yield from _edition_differences(sheet, told)
    yield from _approval_differences(sheet, told)
    yield from _contest_differences(sheet, told)
    yield from _reading_differences(sheet, told)


def _read_log(session: Session, sheet: ScoreSheet) -> Told:
    told: Told = {}
    for one in entries_about(session, "score_sheet", sheet.id):
        told.setdefault(one.action, []).append((one.actor, json.loads(one.details)))
    return told


def _edition_differences(sheet: ScoreSheet, told: Told) -> Iterator[str]:
    """Hold who issued each edition, and that none is missing: the next one would be approved by its author."""
    issued = {(actor, details.get("edition")) for actor, details in told.get("sheet_issued", ())}
    if issued != {(one.issued_by, one.number) for one in sheet.editions}:
        yield "editions: the audit log tells of other ones, or of somebody else who issued them"
    for one in sheet.editions:
        sealed = snapshot_of(one)
        if (one.reason, plain(one.issued_at)) != (sealed["reason"], sealed["issued_at"]):
            yield f"edition {one.number}: its reason or its date is not the one that was sealed"


def _approval_differences(sheet: ScoreSheet, told: Told) -> Iterator[str]:
    """Look for the log's entry of each approval: without one, nobody said that the amount may be paid."""
    approved = {(actor, details.get("sha256")) for actor, details in told.get("sheet_approved", ())}
    stored = {(one.approval.approved_by, one.sha256) for one in sheet.editions if one.approval is not None}
    if stored - approved:
        yield "approval: the audit log knows of none for this edition"
    if approved - stored:
        yield "approval: one that the audit log tells of is missing"


def _contest_differences(sheet: ScoreSheet, told: Told) -> Iterator[str]:
    """Hold every objection to what the log and the sealed editions tell of it."""
    stored = (
        Counter((one.indicator_key, one.party.value) for one in sheet.contests),
        Counter((one.indicator_key, one.outcome.value) for one in sheet.contests if one.outcome in ANSWERED),
        Counter(one.indicator_key for one in sheet.contests if one.outcome is ContestOutcome.WITHDRAWN),
    )
    logged = (
        Counter((about.get("line"), about.get("party")) for _, about in told.get("line_contested", ())),
        Counter((about.get("line"), about.get("outcome")) for _, about in told.get("contest_answered", ())),
        Counter(about.get("line") for _, about in told.get("contest_withdrawn", ())),
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


def _reading_differences(sheet: ScoreSheet, told: Told) -> Iterator[str]:
    said = {(about.get("recipient"), about.get("edition")) for _, about in told.get("sheet_read", ())}
    for one in sheet.recipients:
        if one.read_edition is not None and (one.id, one.read_edition) not in said:
            yield f"reading: the audit log does not know that {one.name} read edition {one.read_edition}"
