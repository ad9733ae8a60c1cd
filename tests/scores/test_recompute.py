"""`flask scores recompute`: the recorded scores are what their evidence gives, or it says where they are not."""

from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.db import transaction
from survey_app.responses.models import Answer
from survey_app.scores import commands
from survey_app.scores.models import Score
from tests.progress import follow_progress
from tests.scores.cast import REPORTING, RESPONSIVENESS, Survey

FACTS = {"time_delivery": Fraction("6.999")}


@pytest.fixture
def wave(session: Session, monkeypatch: pytest.MonkeyPatch) -> Wave:
    """Close a wave of every kind of line; the facts of its period are fixed."""
    monkeypatch.setattr(commands, "marks_for_wave", lambda _session, _wave: FACTS)
    with transaction(session):
        survey = Survey.set_up(session)
        survey.promise(RESPONSIVENESS, weight=2)
        survey.promise(REPORTING, is_internal=True)
        survey.promise("time_delivery", "factual")
        wave = survey.open_wave(5)
        for place, mark in enumerate([6, 9, 8]):
            survey.answer(wave, place, {RESPONSIVENESS: mark, REPORTING: mark})
        survey.close(wave, FACTS)
    return wave


def run(app: Flask, wave_id: int) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["scores", "recompute", str(wave_id)])
    return result.exit_code, result.output


def test_the_same_evidence_gives_the_same_scores(app: Flask, wave: Wave) -> None:
    code, output = run(app, wave.id)
    assert code == 0, output
    assert "every score is what its answers and facts give" in output


def test_a_changed_answer_is_an_error(app: Flask, wave: Wave, session: Session) -> None:
    with transaction(session):
        session.execute(update(Answer).where(Answer.rating == 6).values(rating=7))
    code, output = run(app, wave.id)
    assert code == 1
    assert f"indicator {RESPONSIVENESS} (agency): exact was recorded as 23/3, its evidence gives 8" in output


def test_a_changed_score_is_an_error(app: Flask, wave: Wave, session: Session) -> None:
    with transaction(session):
        session.execute(update(Score).where(Score.subject_key == "overall").values(exact=Fraction(9)))
    code, output = run(app, wave.id)
    assert code == 1
    assert "overall overall (agency): exact was recorded as 9" in output


def test_an_unknown_or_open_wave_is_told_in_a_sentence(app: Flask, session: Session) -> None:
    with transaction(session):
        open_id = Survey.set_up(session).open_wave(2).id
    assert run(app, 999)[0] == 1
    assert "There is no wave 999" in run(app, 999)[1]
    assert "not closed" in run(app, open_id)[1]


def test_its_progress_counts_the_lines_and_stays_out_of_what_scripts_read(
    app: Flask, wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = follow_progress(monkeypatch)
    result = app.test_cli_runner().invoke(args=["scores", "recompute", str(wave.id)])
    assert lines == {"Scoring": (3, 3)}
    assert "Scoring" in result.stderr
    assert result.stdout == f"Wave {wave.id}: every score is what its answers and facts give.\n"
