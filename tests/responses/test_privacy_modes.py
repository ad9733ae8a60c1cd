"""Named, confidential, anonymous: what is promised before the first question is what is stored."""

from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.models import AuditEntry
from survey_app.campaigns.models import Campaign, Invitation, PrivacyMode
from survey_app.clients.models import ContactRole
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.errors import Refusal
from survey_app.responses.models import Response
from survey_app.responses.service import tighten_promise
from tests.responses.cast import OpenWave, open_wave

MIDNIGHT_IN_PARIS = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)


def answer(client: FlaskClient, wave: OpenWave, place: int, **page: str) -> str:
    client.post(wave.link(place), data={"screen": "availability", "go": "next", "q.team_cover": "4"})
    return client.post(wave.link(place), data={"screen": "review", "go": "submit", "q.team_cover": "4", **page}).text


def responses(database: Database) -> list[Response]:
    with database.reading() as session:
        return list(session.scalars(select(Response)))


@pytest.mark.parametrize("mode", [PrivacyMode.NAMED, PrivacyMode.CONFIDENTIAL])
def test_named_and_confidential_answers_are_tied_to_their_invitation(
    session: Session, browserless: FlaskClient, database: Database, clock: SettableClock, mode: PrivacyMode
) -> None:
    wave = open_wave(session, mode=mode)
    answer(browserless, wave, 0)
    (row,) = responses(database)
    assert row.invitation_id is not None
    assert (row.role, row.submitted_at) == (ContactRole.MARKETING, clock.now())


def test_nothing_ties_an_anonymous_answer_to_its_person(
    session: Session, browserless: FlaskClient, database: Database
) -> None:
    wave = open_wave(session, mode=PrivacyMode.ANONYMOUS)
    answer(browserless, wave, 0, opened="1772442000")
    (row,) = responses(database)
    assert (row.invitation_id, row.role, row.n_seconds) == (None, None, None)
    assert row.submitted_at == MIDNIGHT_IN_PARIS
    with database.reading() as reading:
        invitation = reading.scalars(select(Invitation).where(Invitation.answered_at.is_not(None))).one()
        entry = reading.scalars(select(AuditEntry)).one()
        assert (invitation.answered_at, invitation.started_at) == (MIDNIGHT_IN_PARIS, MIDNIGHT_IN_PARIS)
        assert invitation.draft is None
        assert (entry.subject_type, entry.subject_id) == ("wave", wave.wave_id)


def test_anonymous_answers_of_different_days_carry_one_instant_and_one_language(
    session: Session, browserless: FlaskClient, database: Database, clock: SettableClock
) -> None:
    wave = open_wave(session, n=3, mode=PrivacyMode.ANONYMOUS)
    for place in range(3):
        answer(browserless, wave, place, lang="en" if place == 1 else "fr")
        clock.advance(timedelta(days=1))
    rows = responses(database)
    assert {row.submitted_at for row in rows} == {MIDNIGHT_IN_PARIS}
    assert len({row.language for row in rows}) == 1
    with database.reading() as reading:
        assert len(set(reading.scalars(select(Invitation.answered_at)))) == 3
        assert {entry.at for entry in reading.scalars(select(AuditEntry))} == {MIDNIGHT_IN_PARIS}


def test_the_order_of_anonymous_rows_is_not_the_order_of_arrival(
    session: Session, browserless: FlaskClient, database: Database
) -> None:
    wave = open_wave(session, mode=PrivacyMode.ANONYMOUS, n=8)
    codes = []
    for place in range(8):
        page = answer(browserless, wave, place)
        codes.append(page.split("<strong>")[1][:14])
    by_id = [row.receipt_code for row in sorted(responses(database), key=lambda row: row.id)]
    assert sorted(codes) == sorted(by_id)
    assert codes != by_id


@pytest.mark.parametrize(("n", "role"), [(4, None), (5, ContactRole.PURCHASING)])
def test_an_anonymous_answer_keeps_its_role_only_in_company(
    session: Session, browserless: FlaskClient, database: Database, n: int, role: ContactRole | None
) -> None:
    wave = open_wave(session, mode=PrivacyMode.ANONYMOUS, n=n, role=ContactRole.PURCHASING)
    answer(browserless, wave, 0)
    assert [row.role for row in responses(database)] == [role]


def test_an_anonymous_form_sent_twice_gets_its_receipt_again_and_only_then(
    session: Session, browserless: FlaskClient, database: Database
) -> None:
    wave = open_wave(session, mode=PrivacyMode.ANONYMOUS)
    first, again = (answer(browserless, wave, 0, seed="of-this-page") for _ in range(2))
    code = responses(database)[0].receipt_code
    assert code in first
    assert code in again
    assert code not in answer(browserless, wave, 0, seed="of-another-page")
    assert code not in browserless.get(wave.link(0)).text


@pytest.mark.parametrize(
    ("mode", "sentence"),
    [
        (PrivacyMode.NAMED, "reads your answers with your name"),
        (PrivacyMode.CONFIDENTIAL, "Only the quality lead of Atelier Nord sees who answered what"),
        (PrivacyMode.ANONYMOUS, "Once sent, your answers are anonymous"),
    ],
)
def test_the_mode_is_said_before_the_first_question(
    session: Session, browserless: FlaskClient, mode: PrivacyMode, sentence: str
) -> None:
    page = browserless.get(open_wave(session, mode=mode).link()).text
    assert sentence in page.split("<fieldset")[0]
    assert ("anonym" in page.lower()) is (mode is PrivacyMode.ANONYMOUS)
    assert "variable pay" in page.split("<fieldset")[0]


def test_variable_pay_is_named_only_where_the_agreement_has_it(session: Session, browserless: FlaskClient) -> None:
    assert "variable pay" not in browserless.get(open_wave(session, has_bonus=False).link()).text


def test_a_stricter_mode_cuts_the_ties_of_the_answers_already_given(
    session: Session, browserless: FlaskClient, database: Database, clock: SettableClock
) -> None:
    wave = open_wave(session, n=4, role=ContactRole.MARKETING)
    answer(browserless, wave, 0)
    with transaction(session):
        campaign = session.scalars(select(Campaign)).one()
        tighten_promise(session, campaign, PrivacyMode.ANONYMOUS, campaign.disclosure, "Léa", clock.now())
    (row,) = responses(database)
    assert (row.invitation_id, row.role, row.submitted_at) == (None, None, MIDNIGHT_IN_PARIS)
    assert "already received" in browserless.post(wave.link(), data={"go": "submit", "q.team_cover": "1"}).text
    answer(browserless, wave, 1)
    assert {row.invitation_id for row in responses(database)} == {None}


@pytest.mark.parametrize(
    ("promised", "wanted"),
    [
        (PrivacyMode.ANONYMOUS, PrivacyMode.CONFIDENTIAL),
        (PrivacyMode.ANONYMOUS, PrivacyMode.NAMED),
        (PrivacyMode.CONFIDENTIAL, PrivacyMode.NAMED),
    ],
)
def test_a_mode_is_never_made_looser(
    session: Session, clock: SettableClock, promised: PrivacyMode, wanted: PrivacyMode
) -> None:
    open_wave(session, mode=promised)
    campaign = session.scalars(select(Campaign)).one()
    with pytest.raises(Refusal, match="stricter"), transaction(session):
        tighten_promise(session, campaign, wanted, campaign.disclosure, "Léa", clock.now())
    session.refresh(campaign)
    assert campaign.mode is promised
