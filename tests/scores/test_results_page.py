"""The results page as each reader gets it: what is shown, what is kept back."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey_app.accounts.models import ClientAccess, User
from survey_app.clients.models import Agency
from survey_app.clock import SettableClock
from survey_app.db import transaction
from tests.cast import Cast, assemble_cast, browser_of
from tests.scores.cast import REPORTING, RESPONSIVENESS, Survey, drawings_of

MARKS = [6, 9, 8, 5, 9, 8, 7, 6, 9, 8]


@pytest.fixture
def cast(session: Session, clock: SettableClock) -> Cast:
    return assemble_cast(session, clock)


@pytest.fixture
def lead(app: Flask, cast: Cast) -> FlaskClient:
    return browser_of(app, cast.users["administrator"])


@pytest.fixture
def manager(app: Flask, cast: Cast) -> FlaskClient:
    """Return the browser of an account manager who works for every client of this test."""
    return browser_of(app, cast.users["account_manager"])


def closed_wave(
    session: Session,
    cast: Cast,
    marks: list[int],
    mode: str = "named",
    *,
    is_closed: bool = True,
    language: str = "en",
) -> int:
    """Play one wave of the client that the cast's account manager works for."""
    with transaction(session):
        session.execute(update(User).values(language=language))
        survey = Survey.set_up(session, "lumen", agency=session.get_one(Agency, 1))
        session.add(ClientAccess(user_id=cast.users["account_manager"], client_id=survey.client.id))
        survey.promise(RESPONSIVENESS)
        survey.promise(REPORTING, is_internal=True)
        wave = survey.open_wave(len(marks), mode)
        for place, mark in enumerate(marks):
            comment = "" if place else "Trop de relances."
            survey.answer(wave, place, {RESPONSIVENESS: mark, REPORTING: mark}, comment)
        if is_closed:
            survey.close(wave)
        return wave.id


def page(browser: FlaskClient, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return re.sub(r"[ \n]+", " ", answer.text)


def test_the_first_line_says_where_the_client_stands_under_the_threshold(
    lead: FlaskClient, session: Session, cast: Cast
) -> None:
    wave_id = closed_wave(session, cast, [6, 7, 7], language="fr")
    text = page(lead, f"/waves/{wave_id}/results")
    assert "Où sommes-nous sous le seuil\u202f?" in text
    assert "1 ligne sur 1 est sous son seuil" in text
    assert "6,67" in text


def test_an_open_wave_shows_no_mark(lead: FlaskClient, session: Session, cast: Cast) -> None:
    wave_id = closed_wave(session, cast, [6, 7, 7], is_closed=False)
    text = page(lead, f"/waves/{wave_id}/results")
    assert "Marks stay hidden until closing" in text
    assert "3 people of 3 have answered" in text
    assert "6.67" not in text
    assert lead.get(f"/waves/{wave_id}/results.csv").status_code == 404
    assert lead.get(f"/waves/{wave_id}/results.zip").status_code == 404


def test_the_sum_is_written_line_by_line_with_names_in_the_named_mode(
    lead: FlaskClient, session: Session, cast: Cast
) -> None:
    wave_id = closed_wave(session, cast, [6, 9, 9])
    text = page(lead, f"/waves/{wave_id}/results")
    assert "Hélène Martin" in text
    assert "24.00 ÷ 3 = 8.00" in text
    assert "Trop de relances." in text


def test_the_account_team_sees_nothing_of_fewer_than_five_people_in_the_confidential_mode(
    manager: FlaskClient, lead: FlaskClient, session: Session, cast: Cast
) -> None:
    wave_id = closed_wave(session, cast, MARKS[:4], "confidential")
    text = page(manager, f"/waves/{wave_id}/results")
    assert "nothing would be shown" in text
    assert "Trop de relances." not in text
    assert "7.00" not in text
    assert "results.zip" not in text
    assert manager.get(f"/waves/{wave_id}/results.zip").status_code == 404
    assert "7.00" not in page(manager, f"/waves/{wave_id}/results.csv")
    text = page(lead, f"/waves/{wave_id}/results")
    assert "Trop de relances." in text, "the lead reads what was written to the agency"
    assert "not measurable" in text.lower(), "and no score rests on so few people"


def test_nobody_sees_a_mark_of_fewer_than_five_people_in_the_anonymous_mode(
    lead: FlaskClient, session: Session, cast: Cast
) -> None:
    wave_id = closed_wave(session, cast, MARKS[:4], "anonymous")
    text = page(lead, f"/waves/{wave_id}/results")
    assert "7.00" not in page(lead, f"/waves/{wave_id}/results.csv")
    assert lead.get(f"/waves/{wave_id}/results.zip").status_code == 404
    assert "nothing would be shown" in text
    assert "7.00" not in text
    assert "Martin" not in text


@pytest.mark.parametrize(("n", "has_dots"), [(9, False), (10, True)])
def test_single_marks_are_drawn_from_ten_people_on(
    lead: FlaskClient, session: Session, cast: Cast, n: int, *, has_dots: bool
) -> None:
    wave_id = closed_wave(session, cast, MARKS[:n], "anonymous")
    drawing = drawings_of(lead, f"/waves/{wave_id}/results.zip")[f"line-{RESPONSIVENESS}.svg"]
    assert ('class="dot"' in drawing) is has_dots
    text = page(lead, f"/waves/{wave_id}/results")
    assert ("Single marks stay hidden" in text) is not has_dots


def test_internal_lines_stand_apart(lead: FlaskClient, session: Session, cast: Cast) -> None:
    wave_id = closed_wave(session, cast, [6, 7, 8])
    text = page(lead, f"/waves/{wave_id}/results")
    assert text.index("Internal lines") > text.index("Agency responsiveness")
    assert text.index("Reporting quality") > text.index("Internal lines")


def test_a_stranger_finds_no_such_wave(app: Flask, session: Session, cast: Cast) -> None:
    wave_id = closed_wave(session, cast, [6, 7, 8])
    stranger = browser_of(app, cast.users["stranger"])
    for url in ("results", "results.csv", "results.zip"):
        assert stranger.get(f"/waves/{wave_id}/{url}").status_code == 404
