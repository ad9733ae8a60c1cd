"""The portfolio pages: who may open them, what they show of whom, and what their address chooses."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from survey_app.accounts.models import ClientAccess
from survey_app.clients.models import Agency
from survey_app.db import Database, transaction
from tests.cast import Cast, browser_of
from tests.scores.cast import REPORTING, RESPONSIVENESS, Survey


def play(
    session: Session,
    key: str,
    marks: list[int],
    mode: str = "named",
    *,
    n_waves: int = 1,
    reader: int | None = None,
    asked: int = 0,
) -> Survey:
    with transaction(session):
        survey = Survey.set_up(session, key, agency=session.get_one(Agency, 1))
        if reader is not None:
            session.add(ClientAccess(user_id=reader, client_id=survey.client.id))
        survey.promise(RESPONSIVENESS)
        survey.promise(REPORTING, threshold="5")
        survey.promise("service_proactivity", is_internal=True)
        for number in range(1, n_waves + 1):
            wave = survey.open_wave(asked or len(marks), mode, number=number)
            for place, mark in enumerate(marks):
                survey.answer(wave, place, {RESPONSIVENESS: mark, REPORTING: mark, "service_proactivity": 1})
            survey.close(wave)
    return survey


def page(browser: FlaskClient, url: str = "/portfolio") -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return re.sub(r"[ \n]+", " ", answer.text)


def test_it_names_the_clients_with_lines_under_their_threshold(
    management: FlaskClient, session: Session, cast: Cast
) -> None:
    play(session, "lumen", [6, 6, 7])
    play(session, "atlas", [8, 9, 8])
    text = page(management)
    assert "1 client of 2 has lines under their threshold:" in text
    assert "Maison Lumen</a> (1)" in text
    assert "under the threshold, for sure" in text
    assert "Proactivity" not in text


def test_the_address_chooses_what_is_shown(management: FlaskClient, session: Session, cast: Cast) -> None:
    play(session, "lumen", [6, 6, 7])
    play(session, "atlas", [8, 9, 8])
    assert "Maison Atlas" not in page(management, "/portfolio?only=under")
    assert "Agency responsiveness" not in page(management, "/portfolio?theme=finance")
    assert "Maison Atlas" in page(management, "/portfolio?theme=nonsense&months=abc&only=x")
    assert "Maison Lumen" in page(management, "/portfolio/heat.csv?only=under")
    assert "Maison Atlas" not in page(management, "/portfolio/heat.csv?only=under")


def test_what_the_mode_keeps_back_stays_blank_in_every_form(app: Flask, session: Session, cast: Cast) -> None:
    finance = browser_of(app, cast.users["finance"])
    play(session, "lumen", [3, 4, 4, 4], "confidential", reader=cast.users["finance"])
    play(session, "atlas", [8, 9, 8, 9, 8], "confidential", reader=cast.users["finance"])
    play(session, "omega", [8, 8, 9, 7, 8], "confidential", reader=cast.users["finance"])
    for url in ("/portfolio", "/portfolio/heat.csv", "/portfolio/clients.csv", "/portfolio/charts/fair.csv"):
        text = page(finance, url)
        assert "3.8" not in text
        assert "3.75" not in text
    assert "hidden: too few people" in page(finance)
    # Nobody gets it: a handful that was promised silence makes no score at all.
    assert "3.8" not in page(browser_of(app, cast.users["administrator"]))


def test_forms_to_look_at_are_counted_only_where_they_name_nobody(app: Flask, session: Session, cast: Cast) -> None:
    finance = cast.users["finance"]
    play(session, "lumen", [5] * 9, "confidential", reader=finance)
    play(session, "atlas", [5] * 10, "confidential", reader=finance)
    lines = browser_of(app, finance).get("/portfolio/clients.csv").text.splitlines()
    shown = {line.split(",")[0]: line.rsplit(",", 1)[1] for line in lines}
    assert shown["Maison Lumen"] == "–"
    assert shown["Maison Atlas"] == "0"


def test_the_table_of_clients_and_lines_leaves_as_a_drawing_too(
    app: Flask, management: FlaskClient, session: Session, cast: Cast
) -> None:
    play(session, "lumen", [6, 6, 7])
    play(session, "atlas", [8, 9, 8, 9], "anonymous")
    assert "/portfolio/charts/heat.svg?only=under" in management.get("/portfolio?only=under").text
    drawing = management.get("/portfolio/charts/heat.svg").text
    assert "▼ 6.3" in drawing
    assert "× hidden: too few people" in drawing
    assert "8.5" not in drawing
    assert "Maison Atlas" not in management.get("/portfolio/charts/heat.svg?only=under").text


def test_a_client_who_answers_less_than_the_others_is_named(
    management: FlaskClient, session: Session, cast: Cast
) -> None:
    play(session, "lumen", [8] * 3, asked=20)
    play(session, "atlas", [7, 8, 9] * 6, asked=18)
    play(session, "omega", [6, 7, 8] * 6, asked=20)
    text = page(management)
    assert "They answer less than the clients elsewhere, beyond chance: Maison Lumen." in text
    assert ",15%,5% to 36%,−80 (fewer)" in management.get("/portfolio/clients.csv").text.replace('"', "")
    assert "Over everybody who answered, the mean is" in text


def test_a_person_sees_their_own_clients_alone(app: Flask, session: Session, cast: Cast) -> None:
    play(session, "lumen", [6, 6, 7], reader=cast.users["lead"])
    play(session, "atlas", [8, 9, 8])
    text = page(browser_of(app, cast.users["lead"]))
    assert "Maison Lumen" in text
    assert "Maison Atlas" not in text


@pytest.mark.parametrize("url", ["/portfolio", "/portfolio/drivers", "/portfolio/stability", "/portfolio/heat.csv"])
def test_account_managers_have_no_portfolio(app: Flask, cast: Cast, url: str) -> None:
    assert browser_of(app, cast.users["account_manager"]).get(url).status_code == 403


def test_an_empty_portfolio_says_what_fills_it(management: FlaskClient) -> None:
    assert "No wave is closed yet" in page(management)
    assert "there are 0 so far" in page(management, "/portfolio/drivers")
    assert "No wave is closed yet" in page(management, "/portfolio/stability")


def test_it_says_how_many_people_and_waves_are_missing(management: FlaskClient, session: Session, cast: Cast) -> None:
    play(session, "lumen", [6, 6, 7], n_waves=2)
    assert "It takes 100 people" in page(management, "/portfolio/drivers")
    assert "It takes 8 closed waves" in page(management, "/portfolio/stability")


def test_eight_waves_make_a_control_chart(management: FlaskClient, session: Session, cast: Cast) -> None:
    survey = play(session, "lumen", [6, 7, 8], n_waves=8)
    assert "Nothing: every score moves within its ordinary." in page(management, "/portfolio/stability")
    assert "Between the two thin rules" in page(management, "/portfolio/stability")
    drawing = management.get(f"/portfolio/charts/stability-{survey.campaign.id}.svg")
    assert drawing.status_code == 200
    assert drawing.headers["Content-Disposition"].startswith("attachment")
    assert management.get("/portfolio/charts/stability-999.svg").status_code == 404


def test_a_wave_out_of_the_ordinary_is_named_in_the_first_line(
    management: FlaskClient, session: Session, cast: Cast
) -> None:
    with transaction(session):
        survey = Survey.set_up(session, "lumen", agency=session.get_one(Agency, 1))
        survey.promise(RESPONSIVENESS)
        for number, mark in enumerate((7, 8, 7, 8, 7, 8, 7, 1), start=1):
            wave = survey.open_wave(1, number=number)
            survey.give(wave, RESPONSIVENESS, [mark])
            survey.close(wave)
    text = re.sub("<[^>]+>", "", page(management, "/portfolio/stability"))
    day = survey.campaign.waves[-1].ends_on
    expected = "1 campaign of 1 has waves out of its ordinary: Maison Lumen – Baromètre"
    assert f"{expected} ({day:%m/%y})." in text


def test_the_number_of_queries_does_not_grow_with_the_clients(
    management: FlaskClient, session: Session, cast: Cast, database: Database
) -> None:
    counts = []
    for key in ("lumen", "atlas"):
        play(session, key, [6, 7, 8])
        seen: list[str] = []

        def count(*arguments: object, seen: list[str] = seen) -> None:
            seen.append(str(arguments[2]))

        event.listen(database.engine, "before_cursor_execute", count)
        page(management)
        event.remove(database.engine, "before_cursor_execute", count)
        counts.append(len(seen))
    assert counts[0] == counts[1]
