"""The pages of a sheet: read, contest, answer, correct, approve, send, verify."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.clients.models import Civility
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.mails import ComposedEmail
from survey_app.outbox.delivery import compose_mail
from survey_app.outbox.models import OutgoingEmail
from survey_app.score_sheets.mails import sheet_composers
from survey_app.score_sheets.models import Approval, Contest, ContestOutcome, Edition, ScoreSheet, SheetRecipient
from survey_app.score_sheets.sending import derive_recipient_token, send_sheet
from survey_app.score_sheets.snapshot import snapshot_of
from tests.cast import look
from tests.score_sheets.conftest import ACTOR, LINES, Stage, enter

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def sheet_id(app: Flask, edition: Edition, session: Session, clock: SettableClock) -> int:
    """Give a sheet one day after its wave closed, with nothing left open that a page would wait for."""
    app.config["WTF_CSRF_ENABLED"] = False
    number, issued_at = edition.sheet_id, edition.issued_at
    session.commit()
    clock.set(issued_at + timedelta(days=1))
    return number


@pytest.fixture
def lead(app: Flask, sheet_id: int) -> FlaskClient:
    return enter(app, "camille@agence.test", "Camille Laurent", Role.QUALITY_LEAD)


@pytest.fixture
def finance(app: Flask, sheet_id: int) -> FlaskClient:
    return enter(app, "omar@agence.test", "Omar Benali", Role.FINANCE)


def test_the_page_says_what_the_sheet_says(lead: FlaskClient, sheet_id: int) -> None:
    body = lead.get(f"/sheets/{sheet_id}").get_data(as_text=True)
    assert "Maison Clair" in body
    assert body.count("<h1>") == 1


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "json"])
def test_the_files_are_downloaded_and_found_authentic(lead: FlaskClient, sheet_id: int, kind: str) -> None:
    answer = lead.get(f"/sheets/{sheet_id}.{kind}")
    assert answer.status_code == 200
    upload = {"file": (BytesIO(answer.data), f"sheet.{kind}")}
    assert "notice--success" in lead.post("/s/verify", data=upload).get_data(as_text=True)
    damaged = {"file": (BytesIO(answer.data.replace(b"8", b"9", 1)), f"sheet.{kind}")}
    assert "notice--error" in lead.post("/s/verify", data=damaged).get_data(as_text=True)


def test_a_contest_is_answered_and_the_line_set_aside(
    app: Flask, lead: FlaskClient, sheet_id: int, database: Database
) -> None:
    editions = select(Edition).where(Edition.sheet_id == sheet_id).order_by(Edition.number.desc())
    before = look(database, editions)[0].snapshot
    visitor, link = enter_by_link(app, lead, sheet_id, database)
    visitor.post(f"{link}/contest", data={"line": LINES[2], "reason": "We were away all month."})
    (contest,) = look(database, select(Contest))
    lead.post(f"/sheets/{sheet_id}/contests/{contest.id}", data={"outcome": "set_aside", "answer": "Agreed by both."})
    (contest,) = look(database, select(Contest))
    assert contest.outcome is ContestOutcome.SET_ASIDE
    lead.post(f"/sheets/{sheet_id}/editions", data={"edition_reason": "A line is set aside by both."})
    newest, oldest = look(database, editions)
    assert (newest.number, oldest.snapshot) == (2, before)
    reasons = {part["subject_key"]: part["reason"] for part in snapshot_of(newest)["bonus"]["trace"]["parts"]}
    assert reasons[LINES[2]] == "not_measurable"
    assert "This edition is superseded" in lead.get(f"/sheets/{sheet_id}?edition=1").get_data(as_text=True)


@pytest.mark.parametrize(
    ("line", "reason", "told"),
    [("", "Why", "Choose the line"), (LINES[0], "  ", "Write the reason"), (LINES[0], "a\x00b", "cannot be shown")],
)
def test_a_contest_without_its_reason_keeps_what_was_typed(
    lead: FlaskClient, sheet_id: int, line: str, reason: str, told: str
) -> None:
    answer = lead.post(f"/sheets/{sheet_id}/contests", data={"line": line, "reason": reason})
    assert answer.status_code in (400, 409)
    assert told in answer.get_data(as_text=True)


def test_nobody_contests_after_the_window(
    lead: FlaskClient, sheet_id: int, clock: SettableClock, database: Database
) -> None:
    clock.set(clock.now() + timedelta(days=10))
    answer = lead.post(f"/sheets/{sheet_id}/contests", data={"line": LINES[0], "reason": "Late."})
    assert answer.status_code == 409
    assert look(database, select(Contest)) == []


def test_a_second_person_approves_once_the_window_is_over(
    finance: FlaskClient, sheet_id: int, clock: SettableClock, database: Database
) -> None:
    newest = {"sha256": newest_hash(database, sheet_id)}
    assert finance.post(f"/sheets/{sheet_id}/approve", data=newest).status_code == 409
    clock.set(clock.now() + timedelta(days=10))
    for _ in range(2):
        assert finance.post(f"/sheets/{sheet_id}/approve", data=newest).status_code == 302
    assert len(look(database, select(Approval))) == 1
    (row,) = csv.DictReader(StringIO(finance.get("/clients/client/sheets/payroll.csv").get_data(as_text=True)))
    assert row["period"].replace("\N{NO-BREAK SPACE}", " ") == "From 31 May 2026 to 18 June 2026"
    assert (row["period_start"], row["period_end"], row["approved_by"]) == (
        "2026-05-31",
        "2026-06-18",
        "Omar Benali <omar@agence.test>",
    )


def test_a_sheet_offers_one_main_action(finance: FlaskClient, sheet_id: int, clock: SettableClock) -> None:
    before = finance.get(f"/sheets/{sheet_id}").get_data(as_text=True)
    assert before.count("button--primary") == 1
    assert 'class="button button--primary" href' in before
    clock.set(clock.now() + timedelta(days=10))
    waiting = finance.get(f"/sheets/{sheet_id}").get_data(as_text=True)
    assert waiting.count("button--primary") == 1
    assert '<button type="submit" class="button button--primary">' in waiting


def test_a_sheet_issued_at_the_end_of_its_wave_names_no_process(
    finance: FlaskClient, sheet_id: int, database: Database
) -> None:
    with transaction(database.writing()) as session:
        session.execute(update(Edition).where(Edition.sheet_id == sheet_id).values(issued_by="worker"))
    page = finance.get(f"/sheets/{sheet_id}").get_data(as_text=True)
    assert "worker" not in page
    assert "automatiquement, à la fin de la vague" in page or "automatically, at the end of the wave" in page


def newest_hash(database: Database, sheet_id: int) -> str:
    return str(look(database, select(Edition.sha256).where(Edition.sheet_id == sheet_id).order_by(-Edition.number))[0])


@pytest.mark.parametrize("name", ["Léa Bernard", "Somebody Else", "L" * 200])
def test_whoever_issued_a_sheet_cannot_approve_it_under_any_name(
    app: Flask, sheet_id: int, clock: SettableClock, database: Database, name: str
) -> None:
    clock.set(clock.now() + timedelta(days=10))
    issuer = enter(app, "lea@agence.test", name, Role.QUALITY_LEAD)
    answer = issuer.post(f"/sheets/{sheet_id}/approve", data={"sha256": newest_hash(database, sheet_id)})
    assert answer.status_code == 409
    assert "You issued this edition" in answer.get_data(as_text=True)


def enter_by_link(app: Flask, lead: FlaskClient, sheet_id: int, database: Database) -> tuple[FlaskClient, str]:
    """Send the sheet twice to one contact of the client, and return their browser and their one link."""
    form = {"name": "Claire Dupont", "email": " Contact0@Client.test ", "language": "en"}
    for _ in range(2):
        assert lead.post(f"/sheets/{sheet_id}/recipients", data=form).status_code == 302
    (recipient,) = look(database, select(SheetRecipient))
    key = app.extensions["survey_settings"].token_key.get_secret_value().encode()
    return app.test_client(), f"/s/r/{derive_recipient_token(key, recipient)}"


def test_who_may_not_approve_is_told_why_and_offered_no_button(
    app: Flask, finance: FlaskClient, sheet_id: int, clock: SettableClock
) -> None:
    clock.set(clock.now() + timedelta(days=10))
    approve = f'action="/sheets/{sheet_id}/approve"'
    issuer = enter(app, "lea@agence.test", "Léa Bernard", Role.QUALITY_LEAD)
    page = issuer.get(f"/sheets/{sheet_id}").text
    assert "You issued this edition: a second person of the agency must approve it." in page
    assert approve not in page
    assert approve in finance.get(f"/sheets/{sheet_id}").text


def test_a_recipient_reads_by_an_explicit_click(
    lead: FlaskClient, app: Flask, sheet_id: int, database: Database
) -> None:
    visitor, link = enter_by_link(app, lead, sheet_id, database)
    assert visitor.get(link).status_code == 200
    assert look(database, select(SheetRecipient.read_at)) == [None], "opening a page says nothing"
    assert visitor.post(f"{link}/read").status_code == 302
    assert look(database, select(SheetRecipient.read_edition)) == [1]
    assert visitor.get(f"{link}/sheet.pdf").data[:5] == b"%PDF-"
    visitor.post(f"{link}/contest", data={"line": LINES[0], "reason": "We were three, not four."})
    assert look(database, select(Contest.author)) == ["Claire Dupont"]
    assert visitor.get("/s/r/unknown").status_code == 404


@pytest.mark.parametrize(
    ("civility", "language", "greeting"),
    [
        (Civility.MADAM, "fr", "Bonjour Madame Dupont,"),
        (Civility.SIR, "en", "Dear Mr Dupont,"),
        (Civility.NEUTRAL, "fr", "Bonjour Claire Dupont,"),
    ],
)
def test_the_mail_greets_by_civility(
    app: Flask, stage: Stage, edition: Edition, session: Session, civility: Civility, language: str, greeting: str
) -> None:
    stage.contacts[0].civility = civility
    key, settings = b"key", app.extensions["survey_settings"]
    send_sheet(session, edition.sheet, "Claire Dupont", "contact0@client.test", language, key, ACTOR, edition.issued_at)
    mail = session.scalars(select(OutgoingEmail).where(OutgoingEmail.kind == "sheet")).one()
    with app.test_request_context():
        written = compose_mail(sheet_composers(settings), session, mail, edition.issued_at)
    assert isinstance(written, ComposedEmail)
    assert greeting in written.text
    assert greeting in written.html


def test_the_page_of_a_link_says_when_the_time_to_contest_ended(
    app: Flask, session: Session, edition: Edition, sheet_id: int, clock: SettableClock
) -> None:
    key = app.extensions["survey_settings"].token_key.get_secret_value().encode()
    sent = send_sheet(session, edition.sheet, "Claire", "contact0@client.test", "en", key, ACTOR, clock.now())
    session.commit()
    link, visitor = f"/s/r/{derive_recipient_token(key, sent)}", app.test_client()
    assert "Contest this line" in visitor.get(link).text
    clock.set(clock.now() + timedelta(days=10))
    late = visitor.get(link).text
    assert "Contest this line" not in late
    assert "The time to contest a line ended on 28 June 2026." in late.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(("n_days", "may_contest"), [(1, True), (10, False)])
def test_the_mail_offers_to_contest_only_while_one_may(
    app: Flask, edition: Edition, session: Session, n_days: int, may_contest: bool
) -> None:
    at, settings = edition.issued_at + timedelta(days=n_days), app.extensions["survey_settings"]
    send_sheet(session, edition.sheet, "Claire Dupont", "contact0@client.test", "en", b"key", ACTOR, at)
    mail = session.scalars(select(OutgoingEmail).where(OutgoingEmail.kind == "sheet")).one()
    with app.test_request_context():
        written = compose_mail(sheet_composers(settings), session, mail, at)
    assert isinstance(written, ComposedEmail)
    assert ("contest a line" in written.text, "contest a line" in written.html) == (may_contest, may_contest)
    assert "say that you have read it" in written.text


def test_the_public_page_tells_no_mark_and_no_amount(app: Flask, sheet_id: int, database: Database) -> None:
    (reference,) = look(database, select(ScoreSheet.reference).where(ScoreSheet.id == sheet_id))
    (sha256,) = look(database, select(Edition.sha256).where(Edition.sheet_id == sheet_id))
    body = app.test_client().get(f"/s/{reference}").get_data(as_text=True)
    assert sha256 in body
    assert "Maison Clair" not in body
    assert "€" not in body
    assert app.test_client().get("/s/FS-2026-UNKNOWN").status_code == 404


def test_the_public_pages_are_read_in_the_other_language(
    app: Flask, session: Session, edition: Edition, sheet_id: int, clock: SettableClock
) -> None:
    key = app.extensions["survey_settings"].token_key.get_secret_value().encode()
    sent = send_sheet(session, edition.sheet, "Claire", "contact0@client.test", "fr", key, ACTOR, clock.now())
    reference = edition.sheet.reference
    session.commit()
    visitor = app.test_client()
    for place in (f"/s/r/{derive_recipient_token(key, sent)}", f"/s/{reference}", "/s/verify"):
        french = visitor.get(place, headers={"Accept-Language": "fr"}).text
        assert '<html lang="fr"' in french
        assert f'href="{place}?lang=en"' in french
        english = visitor.get(f"{place}?lang=en", headers={"Accept-Language": "fr"}).text
        assert '<html lang="en"' in english
        assert f'href="{place}?lang=fr"' in english
    assert 'action="/s/verify?lang=en"' in visitor.get("/s/verify?lang=en").text
    assert '<html lang="en"' in visitor.post("/s/verify?lang=en", headers={"Accept-Language": "fr"}).text


def test_the_year_is_added_up(lead: FlaskClient, sheet_id: int) -> None:
    assert lead.get("/clients/client/sheets/2026").status_code == 200
    assert lead.get("/clients/client/sheets/1999").status_code == 200
