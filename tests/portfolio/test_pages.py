"""The portfolio pages: who may open them, what they show of whom, and what their address chooses."""

import csv
import re
from io import StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, update
from sqlalchemy.orm import Session

from survey_app.accounts.models import ClientAccess, User
from survey_app.clients.models import Agency
from survey_app.db import Database, transaction
from tests.cast import Cast, browser_of
from tests.scores.cast import REPORTING, RESPONSIVENESS, Survey, drawings_of


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


def table(browser: FlaskClient, query: str = "") -> list[dict[str, str]]:
    """Return the page's file of figures, a row a client."""
    answer = browser.get(f"/portfolio/results.csv{query}")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == 'attachment; filename="portfolio.csv"'
    return list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))


def drawings(browser: FlaskClient, query: str = "") -> dict[str, str]:
    return drawings_of(browser, f"/portfolio/results.zip{query}")


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
    assert "Maison Lumen" in page(management, "/portfolio/results.csv?only=under")
    assert "Maison Atlas" not in page(management, "/portfolio/results.csv?only=under")


def test_what_the_mode_keeps_back_stays_blank_in_every_form(app: Flask, session: Session, cast: Cast) -> None:
    finance = browser_of(app, cast.users["finance"])
    play(session, "lumen", [3, 4, 4, 4], "confidential", reader=cast.users["finance"])
    play(session, "atlas", [8, 9, 8, 9, 8], "confidential", reader=cast.users["finance"])
    play(session, "omega", [8, 8, 9, 7, 8], "confidential", reader=cast.users["finance"])
    texts = [page(finance, "/portfolio"), page(finance, "/portfolio/results.csv"), *drawings(finance).values()]
    assert len(texts) == 3
    for text in texts:
        assert "8.0" in text, "what may be shown of the others is there"
        assert "3.8" not in text
        assert "3.75" not in text
    assert "hidden: too few people" in page(finance)
    # Nobody gets it: a handful that was promised silence makes no score at all.
    assert "3.8" not in page(browser_of(app, cast.users["administrator"]))


def test_forms_to_look_at_are_counted_only_where_they_name_nobody(app: Flask, session: Session, cast: Cast) -> None:
    finance = cast.users["finance"]
    play(session, "lumen", [5] * 9, "confidential", reader=finance)
    play(session, "atlas", [5] * 10, "confidential", reader=finance)
    shown = {row["Client"]: row["To look at"] for row in table(browser_of(app, finance))}
    assert shown == {"Maison Lumen": "–", "Maison Atlas": "0"}


def test_the_table_of_clients_and_lines_leaves_as_a_drawing_too(
    app: Flask, management: FlaskClient, session: Session, cast: Cast
) -> None:
    play(session, "lumen", [6, 6, 7])
    play(session, "atlas", [8, 9, 8, 9], "anonymous")
    assert 'href="/portfolio/results.zip?only=under"' in management.get("/portfolio?only=under").text
    found = drawings(management)
    assert list(found) == ["heat.svg"]
    assert "▼ 6.3" in found["heat.svg"]
    assert "× hidden: too few people" in found["heat.svg"]
    assert "8.5" not in found["heat.svg"]
    assert "Maison Atlas" not in drawings(management, "?only=under")["heat.svg"]


def test_a_client_who_answers_less_than_the_others_is_named(
    management: FlaskClient, session: Session, cast: Cast
) -> None:
    play(session, "lumen", [8] * 3, asked=20)
    play(session, "atlas", [7, 8, 9] * 6, asked=18)
    play(session, "omega", [6, 7, 8] * 6, asked=20)
    text = page(management)
    assert "They answer less than the clients elsewhere, beyond chance: Maison Lumen." in text
    lumen = next(row for row in table(management) if row["Client"] == "Maison Lumen")
    rate = [lumen[name] for name in ("Response rate", "Likely range", "Against the others")]
    assert rate == ["15%", "5% to 36%", "−80 (fewer)"]
    assert "Over everybody who answered, the mean is" in text


def test_one_row_a_client_holds_who_answers_and_every_line_of_the_page(
    management: FlaskClient, session: Session, cast: Cast
) -> None:
    play(session, "lumen", [6, 6, 7], asked=4)
    play(session, "atlas", [8, 9, 8])
    lumen, atlas = table(management)
    assert (lumen["Client"], lumen["Answers"], lumen["Agency responsiveness"]) == ("Maison Lumen", "3 of 4", "6.3")
    assert (atlas["Client"], atlas["Mean of the people"], atlas["Reporting quality"]) == ("Maison Atlas", "8.33", "8.3")
    assert "Proactivity" not in lumen, "the agency's own lines stay out"
    with transaction(session):
        session.execute(update(User).values(language="fr"))
    file = management.get("/portfolio/results.csv").text
    assert file.startswith("\ufeffClient;")
    assert ";6,3;" in file


def test_a_person_sees_their_own_clients_alone(app: Flask, session: Session, cast: Cast) -> None:
    play(session, "lumen", [6, 6, 7], reader=cast.users["lead"])
    play(session, "atlas", [8, 9, 8])
    lead = browser_of(app, cast.users["lead"])
    for text in (page(lead), page(lead, "/portfolio/results.csv"), *drawings(lead).values()):
        assert "Maison Lumen" in text
        assert "Maison Atlas" not in text


@pytest.mark.parametrize("url", ["/portfolio", "/portfolio/results.csv", "/portfolio/results.zip"])
def test_account_managers_have_no_portfolio(app: Flask, cast: Cast, url: str) -> None:
    assert browser_of(app, cast.users["account_manager"]).get(url).status_code == 403


def test_an_empty_portfolio_says_what_fills_it(management: FlaskClient) -> None:
    assert "No wave is closed yet" in page(management)
    assert "/portfolio/results.zip" not in page(management)
    assert management.get("/portfolio/results.zip").status_code == 404


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
