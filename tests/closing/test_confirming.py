"""Before a wave is closed for good, the page says what will be lost by closing now."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.models import User
from survey_app.campaigns.invitations import launch_wave
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.campaigns.service import plan_wave
from survey_app.clients.models import Client
from survey_app.clock import SettableClock
from survey_app.closing.commands import close_due_waves
from survey_app.closing.service import N_STAGES
from survey_app.db import Database, transaction
from survey_app.demo.agency import ACTOR, set_scene
from survey_app.score_sheets.signing import signing_key_bytes
from survey_app.settings import Settings
from tests.cast import browser_of
from tests.progress import follow_progress


@pytest.fixture
def wave_id(app: Flask, session: Session, settings: Settings, clock: SettableClock) -> int:
    """Launch a wave of the client whose agreement also counts facts; none is entered yet."""
    now = clock.now()
    with transaction(session):
        set_scene(app, session, "une-phrase-assez-longue", now)
        campaign = session.scalars(select(Campaign).join(Client).where(Client.key == "maison-valrose")).one()
        wave = plan_wave(session, campaign, "Première vague", now.date(), now.date() + timedelta(days=9), now)
        questionnaire = app.extensions["survey_questionnaires"].get(campaign.questionnaire_key)
        key = settings.token_key.get_secret_value().encode()
        launch_wave(session, wave, questionnaire, key, "http://localhost", ACTOR, now)
        return wave.id


def lead_id(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(User.id).order_by(User.id)).first() or 0


def test_the_page_names_the_lines_without_a_fact_and_the_days_that_remain(
    app: Flask, database: Database, wave_id: int
) -> None:
    page = browser_of(app, lead_id(database)).get(f"/waves/{wave_id}/close").text
    assert "Respect des délais de livraison" in page
    assert "définitivement" in page
    assert "11 mars 2026" in page
    assert 'campaigns" aria-current="page">Campagnes</a>' in page, "the client's tabs say where one stands"
    assert f'<a href="/waves/{wave_id}">Première vague</a>' in page


def test_a_wave_is_closed_once_and_the_second_click_is_told(
    app: Flask, database: Database, wave_id: int, clock: SettableClock, settings: Settings
) -> None:
    clock.advance(timedelta(days=30))
    catalogue, key = app.extensions["survey_catalogue"], signing_key_bytes(settings)
    assert close_due_waves(database, catalogue, key, clock.now()) == 1
    assert close_due_waves(database, catalogue, key, clock.now()) == 0
    result = app.test_cli_runner().invoke(args=["waves", "close", str(wave_id)])
    assert result.exit_code == 1
    assert "already closed" in result.output
    with database.reading() as session:
        assert session.get_one(Wave, wave_id).state is WaveState.CLOSED


def test_a_wave_nobody_answered_closes_without_inventing_a_score(app: Flask, database: Database, wave_id: int) -> None:
    result = app.test_cli_runner().invoke(args=["waves", "close", str(wave_id)])
    assert result.exit_code == 0, result.output
    assert "Plans opened: 0" in result.output


def test_closing_what_does_not_exist_is_a_sentence(app: Flask, database: Database) -> None:
    result = app.test_cli_runner().invoke(args=["waves", "close", "999"])
    assert result.exit_code == 1
    assert "does not exist" in result.output


def test_the_close_of_a_wave_shows_its_progress_apart_from_what_it_says(
    app: Flask, wave_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = follow_progress(monkeypatch)
    result = app.test_cli_runner().invoke(args=["waves", "close", str(wave_id)])
    assert stages == {"Closing": (N_STAGES, N_STAGES)}
    assert "Closing" in result.stderr
    assert result.stdout.startswith(f"Wave {wave_id} is closed.\n")
