"""A row behind a sealed sheet that was edited by hand is told, whichever it is."""

from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from survey_app.db import transaction
from survey_app.score_sheets.commands import sheets
from survey_app.score_sheets.files import export_edition
from survey_app.score_sheets.models import ContestOutcome, Edition, Party
from survey_app.score_sheets.rules import contest_deadline
from survey_app.score_sheets.sending import note_reading, send_sheet
from survey_app.score_sheets.service import (
    answer_contest,
    approve_sheet,
    correct_sheet,
    raise_contest,
    withdraw_contest,
)
from tests.score_sheets.conftest import ACTOR, KEY, LINES, Stage

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FINANCE = "Omar Finance <omar@agence.test>"
CHANGES = {
    "UPDATE edition SET snapshot = snapshot || ' ' WHERE number = 1": "edition 1: the stored snapshot",
    "UPDATE edition SET issued_by = 'Omar <omar@agence.test>' WHERE number = 2": "somebody else who issued them",
    "UPDATE edition SET issued_at = '2026-01-01 00:00:00'": "its reason or its date",
    "UPDATE edition SET reason = 'None in particular.' WHERE number = 2": "its reason or its date",
    "DELETE FROM approval": "one that the audit log tells of is missing",
    "UPDATE contest SET reason = 'No matter.'": "is not as edition 2 prints it",
    "UPDATE contest SET outcome = 'set_aside' WHERE outcome = 'stands'": "or of other answers",
    "UPDATE contest SET outcome = 'stands', answer = 'Fine.' WHERE outcome = 'withdrawn'": "or of other answers",
    "DELETE FROM contest": "the audit log tells of other ones",
    "UPDATE sheet_recipient SET read_edition = 1": "does not know that Claire read edition 1",
    "UPDATE wave SET closed_at = '2026-01-01 00:00:00'": "wave: its dates",
    "UPDATE wave SET definition_hash = 'b'": "questionnaire: it is not the one",
    "UPDATE agreement_version SET content_hash = 'b'": "agreement: it is not the one",
    "UPDATE commitment SET threshold = 6 WHERE position = 1": f"agreement: {LINES[0]}",
    "UPDATE commitment SET weight = 6 WHERE position = 1": f"agreement: {LINES[0]}",
    "UPDATE score SET low = 1 WHERE subject_key = 'service_account_team_availability'": f"score: {LINES[0]}",
    "UPDATE score SET state = 'not_met' WHERE subject_key = 'service_account_team_availability'": f"score: {LINES[0]}",
    "UPDATE score SET exact = '10' WHERE level = 'overall'": "mean: overall",
}


@pytest.fixture
def settled(session: Session, stage: Stage, edition: Edition) -> Edition:
    """Give a sheet with all that can happen to one: objections, a reader, a second edition, an approval."""
    sheet, at = edition.sheet, edition.issued_at + timedelta(days=1)
    contest = raise_contest(session, sheet, LINES[0], Party.CLIENT, "Claire", "We were three.", "Claire", at)
    answer_contest(session, contest, Party.AGENCY, ContestOutcome.STANDS, "You were.", ACTOR, at)
    other = raise_contest(session, sheet, LINES[1], Party.CLIENT, "Claire", "Really?", "Claire", at)
    withdraw_contest(session, other, Party.CLIENT, "Claire", at)
    newest = correct_sheet(session, sheet, stage.catalogue, KEY, "It carries the answer.", ACTOR, at)
    recipient = send_sheet(session, sheet, "Claire", "contact0@client.test", "en", KEY, ACTOR, at)
    note_reading(session, recipient, newest, at)
    approve_sheet(session, sheet, newest.sha256, FINANCE, contest_deadline(edition.issued_at) + timedelta(days=1))
    session.commit()
    return newest


def test_a_sheet_that_was_contested_corrected_read_and_approved_is_as_it_was_sealed(
    app: Flask, settled: Edition
) -> None:
    result = app.test_cli_runner().invoke(sheets, ["check"])
    assert result.exit_code == 0, result.output


@ON_SQLITE
@pytest.mark.parametrize("change", CHANGES)
def test_the_check_and_the_verification_tell_a_row_that_was_edited(
    app: Flask, session: Session, settled: Edition, change: str, tmp_path: Path
) -> None:
    (*_, path) = export_edition(settled, tmp_path, KEY)
    with transaction(session):
        session.execute(text(change))
    for arguments in (["check"], ["verify", str(path)]):
        result = app.test_cli_runner().invoke(sheets, arguments)
        assert result.exit_code == 1, arguments
        assert CHANGES[change] in result.output


@ON_SQLITE
def test_the_check_tells_an_edition_that_was_deleted(app: Flask, session: Session, settled: Edition) -> None:
    with transaction(session):
        session.execute(text("DELETE FROM approval"))
        session.execute(text("DELETE FROM edition WHERE number = 2"))
    result = app.test_cli_runner().invoke(sheets, ["check"])
    assert result.exit_code == 1
    assert "editions: the audit log tells of other ones" in result.output
