"""The public explanation of the method: its example is what the statistics package computes."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey_app.accounts.models import User
from survey_app.clock import SettableClock
from survey_app.db import transaction
from survey_app.scores.public_views import EXAMPLE
from survey_app.statistics import break_even, decide, finite_proportion_interval, worst_case_bounds
from tests.cast import assemble_cast, browser_of


def test_anyone_reads_the_method_in_either_language(browserless: FlaskClient) -> None:
    assert "How is a score computed" in browserless.get("/method?lang=en").text
    assert "Comment un score est-il calculé" in browserless.get("/method?lang=fr").text


def test_every_word_beside_a_score_is_explained(browserless: FlaskClient) -> None:
    english, french = (browserless.get(f"/method?lang={language}").text for language in ("en", "fr"))
    assert "Recommendation (NPS)</dt>" in english
    assert "Satisfied people</dt>" in english
    assert "More than 300 people asked</dt>" in english
    assert "Recommandation (NPS)</dt>" in french
    assert "80\u00a0%" in french


def test_a_signed_in_person_reads_it_in_their_own_language(app: Flask, session: Session, clock: SettableClock) -> None:
    cast = assemble_cast(session, clock)
    with transaction(session):
        session.get_one(User, cast.users["administrator"]).language = "fr"
    browser = browser_of(app, cast.users["administrator"])
    english = {"Accept-Language": "en"}
    assert "Comment un score est-il calculé" in browser.get("/method", headers=english).text
    assert "How is a score computed" in browser.get("/method?lang=en", headers=english).text


def test_the_worked_example_is_right() -> None:
    bounds = worst_case_bounds(EXAMPLE, 6)
    assert (round(bounds.low, 2), round(bounds.high, 2)) == (6.17, 7.83)
    assert break_even(EXAMPLE, 6, 7) == 5
    satisfied = finite_proportion_interval(sum(mark >= 7 for mark in EXAMPLE), 5, 6, 0.9)
    assert (satisfied.estimate, round(satisfied.low, 2), round(satisfied.high, 2)) == (0.8, 0.67, 0.83)
    decision = decide(EXAMPLE, 6, 7)
    assert decision.state == "inconclusive"
    assert (decision.interval.low, decision.interval.high) == (bounds.low, bounds.high)
