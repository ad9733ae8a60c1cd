"""The home page says where each client stands, to those who work for it."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion
from survey_app.campaigns.models import Invitation, Wave, WaveState
from survey_app.clients.models import Agency, Civility, Client, ContactRole
from survey_app.clock import SettableClock
from survey_app.dashboard.rules import (
    LATE_WAVE,
    NO_AGREEMENT,
    NO_CONTACT,
    OVERDUE_ACTIONS,
    Need,
    Standing,
    find_needs,
)
from survey_app.db import Database, transaction
from tests.accounts.world import build_world
from tests.cast import Cast, browser_of


@pytest.mark.parametrize(
    ("standing", "needs"),
    [
        (Standing(3, True, 0, 0), []),
        (Standing(0, False, 0, 0), [NO_CONTACT, NO_AGREEMENT]),
        (Standing(3, True, 1, 2), [LATE_WAVE, OVERDUE_ACTIONS]),
    ],
)
def test_needs_come_in_the_order_of_the_loop(standing: Standing, needs: list[Need]) -> None:
    assert find_needs(standing) == needs


def home(app: Flask, cast: Cast, name: str) -> str:
    return browser_of(app, cast.users[name]).get("/").text


def test_everyone_sees_their_own_clients(app: Flask, cast: Cast) -> None:
    assert "Maison Valrose" in home(app, cast, "lead")
    assert "Boréal" not in home(app, cast, "lead")
    assert "Valrose" not in home(app, cast, "stranger")
    assert all(name in home(app, cast, "administrator") for name in ("Maison Valrose", "Boréal"))


def test_a_client_without_agreement_needs_one(app: Flask, cast: Cast) -> None:
    assert "Pas de contrat en vigueur" in home(app, cast, "lead")


def test_the_page_asks_as_many_questions_for_forty_clients_as_for_two(
    app: Flask, cast: Cast, session: Session, database: Database, clock: SettableClock
) -> None:
    administrator, asked = browser_of(app, cast.users["administrator"]), []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _k, text, *_rest: asked.append(text))
    administrator.get("/")
    n_for_two = len(asked)
    with transaction(session):
        agency = session.query(Agency).one()
        for number in range(40):
            session.add(Client(agency=agency, key=f"c{number}", name=f"C{number}", created_at=clock.now()))
    asked.clear()
    assert "C39" in administrator.get("/").text
    assert len(asked) == n_for_two


@pytest.fixture
def running(session: Session, cast: Cast, clock: SettableClock) -> Wave:
    """Open the first client's wave to three people; one has answered, one link was replaced."""
    build_world(session, cast.client_ids["valrose"], clock.now())
    with transaction(session):
        wave, version = session.query(Wave).one(), session.query(AgreementVersion).one()
        wave.state, wave.launched_at, wave.definition = WaveState.OPEN, clock.now(), {}
        wave.agreement_version = version
        for number in range(3):
            session.add(
                Invitation(
                    wave=wave,
                    contact_id=cast.contact_ids["valrose"] if number else cast.contact_ids["boreal"],
                    name="Hélène",
                    civility=Civility.MADAM,
                    email="helene@valrose.test",
                    role=ContactRole.MARKETING,
                    language="fr",
                    token_hash=str(number),
                    created_at=clock.now(),
                    answered_at=clock.now() if number == 1 else None,
                    revoked_at=clock.now() if number == 2 else None,
                )
            )
    return wave


def test_an_open_wave_shows_who_has_answered(app: Flask, cast: Cast, running: Wave) -> None:
    assert "1 sur 2, jusqu’au 20 mars 2026" in home(app, cast, "lead")
    assert "À traiter" in home(app, cast, "finance")


def test_a_wave_past_its_deadline_asks_to_be_closed(
    app: Flask, cast: Cast, running: Wave, clock: SettableClock
) -> None:
    assert "clôturez-la" not in home(app, cast, "lead")
    clock.advance(timedelta(days=19))
    assert "clôturez-la" in home(app, cast, "lead")
