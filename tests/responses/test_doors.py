"""What a link opens on when there is nothing to fill in: too late, declined, objected, received."""

from datetime import UTC, date, datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.models import AuditEntry
from survey_app.campaigns.dates import end_of_day
from survey_app.campaigns.models import Invitation, Wave, WaveState
from survey_app.clients.models import Contact
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.responses.models import Response
from survey_app.responses.service import drop_drafts
from tests.responses.cast import LAUNCH, OpenWave

TYPED = {"screen": "availability", "q.team_cover": "4", "c.team_cover": "Nobody in August"}


def close(session: Session, wave: OpenWave) -> None:
    with transaction(session):
        row = session.get_one(Wave, wave.wave_id)
        row.state, row.closed_at = WaveState.CLOSED, datetime(2026, 3, 14, tzinfo=UTC)
        drop_drafts(session, wave.wave_id)


@pytest.mark.parametrize("go", ["next", "submit"])
def test_a_closed_wave_says_so_and_gives_the_text_back(
    browserless: FlaskClient, wave: OpenWave, session: Session, database: Database, go: str
) -> None:
    close(session, wave)
    page = browserless.post(wave.link(), data={**TYPED, "go": go})
    assert page.status_code == 409
    assert "This survey has ended" in page.text
    assert "<blockquote>Nobody in August</blockquote>" in page.text
    assert "13 March 2026 at 18:00 (Paris time)" in page.text
    with database.reading() as reading:
        assert reading.scalars(select(Response)).all() == []


def test_the_deadline_counts_from_the_second_it_passes(
    browserless: FlaskClient, wave: OpenWave, clock: SettableClock
) -> None:
    clock.set(datetime(2026, 3, 13, 16, 59, 59, tzinfo=UTC))
    assert "<fieldset" in browserless.get(wave.link()).text
    clock.set(datetime(2026, 3, 13, 17, 0, tzinfo=UTC))
    assert "This survey has ended" in browserless.get(wave.link()).text


def test_the_day_named_is_the_last_on_which_one_may_answer(
    browserless: FlaskClient, wave: OpenWave, session: Session, database: Database
) -> None:
    with transaction(session):
        session.get_one(Wave, wave.wave_id).ends_at = end_of_day(date(2026, 3, 13), "Europe/Paris")
    page = browserless.get(wave.link()).text
    assert "until 13\N{NO-BREAK SPACE}March\N{NO-BREAK SPACE}2026" in page
    browserless.post(wave.link(), data={**TYPED, "screen": "review", "go": "submit"})
    with database.reading() as reading:
        code = reading.scalars(select(Response.receipt_code)).one()
    receipt = browserless.get("/s/receipt", query_string={"code": code, "lang": "en"}).text
    assert "after 13 March 2026" in receipt


def test_a_form_left_unsent_is_given_back_until_the_wave_closes(
    browserless: FlaskClient, wave: OpenWave, clock: SettableClock, session: Session
) -> None:
    browserless.post(wave.link(), data={**TYPED, "go": "next"})
    clock.set(datetime(2026, 3, 13, 17, 0, tzinfo=UTC))
    assert "Nobody in August" in browserless.get(wave.link()).text
    close(session, wave)
    assert "Nobody in August" not in browserless.get(wave.link()).text


def test_a_cancelled_wave_says_so(browserless: FlaskClient, wave: OpenWave, session: Session) -> None:
    with transaction(session):
        row = session.get_one(Wave, wave.wave_id)
        row.state, row.cancelled_at = WaveState.CANCELLED, LAUNCH
    assert "This survey was cancelled" in browserless.get(wave.link()).text


def test_the_receipt_stays_after_closing(browserless: FlaskClient, wave: OpenWave, session: Session) -> None:
    browserless.post(wave.link(), data={"go": "submit", "q.team_cover": "4"})
    close(session, wave)
    assert "Your receipt code" in browserless.get(wave.link()).text


def test_declining_keeps_the_reason_drops_the_draft_and_can_be_taken_back(
    browserless: FlaskClient, wave: OpenWave, database: Database
) -> None:
    browserless.post(wave.link(), data={**TYPED, "go": "next"})
    page = browserless.post(wave.link() + "/decline", data={"reason": "no_time", "comment": "In May, gladly"})
    assert "You chose not to answer" in page.text
    with database.reading() as session:
        row = session.scalars(select(Invitation).order_by(Invitation.id)).first()
        assert row
        assert (row.refusal_reason, row.refusal_comment, row.draft) == ("no_time", "In May, gladly", None)
        assert row.refused_at
        entry = session.scalars(select(AuditEntry)).one()
        assert entry.action == "decline_to_answer"
        assert "gladly" not in entry.details
    assert "You chose not to answer" in browserless.get(wave.link()).text
    browserless.post(wave.link() + "/reopen")
    assert "<fieldset" in browserless.get(wave.link()).text


def test_a_person_who_declined_may_still_send_a_form_that_was_open(browserless: FlaskClient, wave: OpenWave) -> None:
    browserless.post(wave.link() + "/decline", data={"reason": "other"})
    assert "Thank you" in browserless.post(wave.link(), data={**TYPED, "go": "submit"}).text


@pytest.mark.parametrize("reason", ["", "objection", "because", "\x00"])
def test_declining_asks_for_a_reason_and_keeps_the_comment(
    browserless: FlaskClient, wave: OpenWave, reason: str
) -> None:
    page = browserless.post(wave.link() + "/decline", data={"reason": reason, "comment": "Too long"})
    assert page.status_code == 400
    assert 'href="#reason"' in page.text
    assert 'id="reason-error">Choose one of the reasons' in page.text
    assert ">Too long</textarea>" in page.text


def test_objecting_stops_every_further_mail_without_a_reason(
    browserless: FlaskClient, wave: OpenWave, database: Database
) -> None:
    page = browserless.post(wave.link() + "/object", data={"sure": "yes"})
    assert "Your objection is noted" in page.text
    with database.reading() as session:
        opted_out = session.scalars(select(Contact.name).where(Contact.opted_out_at.is_not(None))).all()
        reasons = session.scalars(select(Invitation.refusal_reason).order_by(Invitation.id)).all()
    assert (opted_out, reasons) == (["Claire Martin"], ["objection", None, None])
    assert browserless.post(wave.link() + "/reopen").status_code == 409
    assert "Your objection is noted" in browserless.get(wave.link()).text


def test_an_objection_that_nobody_ticked_is_asked_for_and_leaves_no_trace(
    browserless: FlaskClient, wave: OpenWave, database: Database
) -> None:
    page = browserless.post(wave.link() + "/object")
    assert page.status_code == 400
    assert 'href="#sure"' in page.text
    assert "Tick the box" in page.text
    with database.reading() as session:
        assert session.scalars(select(Contact).where(Contact.opted_out_at.is_not(None))).all() == []
        assert set(session.scalars(select(Invitation.refusal_reason))) == {None}


def test_an_objection_after_answering_leaves_the_answers_counted(
    browserless: FlaskClient, wave: OpenWave, database: Database
) -> None:
    browserless.post(wave.link(), data={"go": "submit", "q.team_cover": "4"})
    assert "stay in the results" in browserless.post(wave.link() + "/object", data={"sure": "yes"}).text
    with database.reading() as session:
        assert len(session.scalars(select(Response)).all()) == 1
    assert "Your receipt code" in browserless.get(wave.link()).text


@pytest.mark.parametrize("tail", ["/decline", "/object", "/reopen", "/draft"])
def test_every_door_of_an_unknown_link_is_the_same(browserless: FlaskClient, wave: OpenWave, tail: str) -> None:
    assert browserless.post("/r/unknown" + tail).status_code == 404


@pytest.mark.parametrize("tail", ["/object", "/reopen", "/draft"])
def test_what_changes_something_has_no_page_to_read(browserless: FlaskClient, wave: OpenWave, tail: str) -> None:
    assert browserless.get(wave.link() + tail).status_code == 405
