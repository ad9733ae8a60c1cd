"""The whole loop, as it happens: agreement, mails, forms, closings, plans, bonus, sheets, on both engines."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role, Viewer
from survey_app.action_plans.models import ActionPlan, Verdict
from survey_app.application import create_app
from survey_app.audit.queries import find_tampering
from survey_app.bonuses.models import Bonus
from survey_app.campaigns.models import Invitation, Wave, WaveState
from survey_app.clock import SettableClock
from survey_app.dashboard.queries import list_overviews
from survey_app.dashboard.rules import DRAFTED_PLANS, UNAPPROVED_SHEET
from survey_app.db import Database
from survey_app.demo.cast import CAST
from survey_app.demo.play import Stage, play_half_year
from survey_app.demo.serving import bind, capture_server, choose_port, served
from survey_app.responses.models import Answer, Response
from survey_app.score_sheets.models import Edition
from survey_app.scores.models import Score, ScoreLevel
from survey_app.settings import Settings

TODAY = date(2026, 11, 20)


@pytest.fixture
def played(settings: Settings, tmp_path: Path) -> Iterator[Session]:
    """Play the half-year on this engine and open what it left behind."""
    clock = SettableClock(datetime(2026, 5, 1, tzinfo=UTC))
    with capture_server(tmp_path / "mail") as mail_port:
        port = choose_port(0)
        local = settings.model_copy(
            update={
                "environment": "development",
                "public_base_url": f"http://127.0.0.1:{port}",
                "mail_server": "127.0.0.1",
                "mail_port": mail_port,
                "mail_security": "none",
                "mail_domain_per_minute": 100_000,
            }
        )
        app = create_app(local, clock)
        with served(bind(app, port)), app.app_context():
            play_half_year(Stage(app, clock, tmp_path / "mail"), "a-long-enough-password", TODAY, lambda _: None)
            yield from _session_of(app)


def _session_of(app: Flask) -> Iterator[Session]:
    database: Database = app.extensions["survey_database"]
    with database.reading() as session:
        yield session
    database.engine.dispose()


def test_a_half_year_runs_from_the_agreement_to_the_bonus(played: Session) -> None:
    waves = played.scalars(select(Wave).order_by(Wave.launched_at)).all()
    assert len(waves) == 2 * len(CAST.clients)
    assert {wave.state for wave in waves} == {WaveState.CLOSED}
    _check_responses(played)
    _check_scores_and_plans(played)
    _check_bonuses(played)
    assert played.scalar(select(func.count()).select_from(Edition)) == len(waves)
    assert find_tampering(played) is None
    _check_home(played)


def _check_responses(session: Session) -> None:
    expected = sum(mark is not None for client in CAST.clients for person in client.people for mark in person.marks)
    assert session.scalar(select(func.count()).select_from(Response)) == expected
    invited = 2 * sum(len(client.people) for client in CAST.clients)
    assert session.scalar(select(func.count()).select_from(Invitation)) == invited
    assert (session.scalar(select(func.count()).where(Answer.is_not_applicable)) or 0) > 0


def _check_scores_and_plans(session: Session) -> None:
    scores = session.scalars(select(Score).where(Score.level == ScoreLevel.INDICATOR)).all()
    below = {
        (score.wave_id, score.subject_key)
        for score in scores
        if score.exact is not None and score.threshold is not None and score.exact < Fraction(score.threshold)
    }
    plans = session.scalars(select(ActionPlan)).all()
    assert {(plan.wave_id, plan.indicator_key) for plan in plans} == below
    assert below, "a half-year without any breach would show nothing"
    settled = [plan for plan in plans if plan.verdict is not None]
    assert Verdict.EFFECTIVE in {plan.verdict for plan in settled}
    assert Verdict.NOT_EFFECTIVE in {plan.verdict for plan in settled}


def _check_home(session: Session) -> None:
    viewer = Viewer(1, "Camille", "camille@agence.test", Role.ADMINISTRATOR, None, "fr")
    while_contested = list_overviews(session, viewer, datetime(2026, 11, 10, tzinfo=UTC))
    assert UNAPPROVED_SHEET not in [need for one in while_contested for need in one.needs]
    overviews = {one.client.key: one for one in list_overviews(session, viewer, datetime(2026, 12, 9, tzinfo=UTC))}
    valrose = overviews["maison-valrose"].last_result
    assert valrose is not None
    assert valrose.overall is not None
    assert valrose.before is not None
    assert valrose.overall > valrose.before
    needs = {need.sentence for need in overviews["maison-valrose"].needs}
    assert UNAPPROVED_SHEET.sentence in needs
    littoral = overviews["brasserie-du-littoral"]
    assert littoral.last_result is not None
    assert littoral.last_result.n_breaches > 0
    assert DRAFTED_PLANS.sentence in {need.sentence for need in littoral.needs}


def _check_bonuses(session: Session) -> None:
    bonuses = session.scalars(select(Bonus).order_by(Bonus.wave_id)).all()
    assert len(bonuses) == 2 * len(CAST.clients)
    assert all(bonus.amount == 0 for bonus in bonuses if bonus.is_baseline)
    assert any(bonus.amount > 0 for bonus in bonuses if not bonus.is_baseline)
