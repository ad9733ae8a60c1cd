"""How a score came about and what the silent could change: of people, of roles, of survey and facts together."""

import csv
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from io import StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey_app.accounts.models import ClientAccess, User
from survey_app.clients.models import Agency
from survey_app.clock import SettableClock
from survey_app.db import transaction
from survey_app.scores.breakdown import Blend, look_out
from survey_app.scores.rules import RoleMarks, SurveyScore
from tests.cast import Cast, assemble_cast, browser_of
from tests.scores.cast import NOT_APPLICABLE, RESPONSIVENESS, Survey, drawings_of

HALVES = {"marketing": "0.5", "purchasing": "0.5"}


@pytest.fixture
def cast(session: Session, clock: SettableClock) -> Cast:
    found = assemble_cast(session, clock)
    with transaction(session):
        session.execute(update(User).values(language="en"))
    return found


@pytest.fixture
def lead(app: Flask, cast: Cast) -> FlaskClient:
    return browser_of(app, cast.users["administrator"])


@pytest.fixture
def closed(lead: FlaskClient, session: Session, cast: Cast) -> Callable[..., int]:
    """Play waves of one line, the same marks each time or one mark for all, and return the last one."""

    def play(
        *waves: list[int],
        n: int,
        mode: str = "named",
        roles: tuple[str, ...] = ("marketing",),
        shares: dict[str, str] | None = None,
        threshold: str = "7",
        decimals: int = 2,
    ) -> int:
        with transaction(session):
            survey = Survey.set_up(session, "lumen", agency=session.get_one(Agency, 1))
            session.add(ClientAccess(user_id=cast.users["account_manager"], client_id=survey.client.id))
            survey.promise(RESPONSIVENESS, threshold=threshold)
            survey.version.role_shares, survey.version.rounding_digits = shares, decimals
            for number, marks in enumerate(waves, start=1):
                wave = survey.open_wave(n, mode, roles, number)
                survey.give(wave, RESPONSIVENESS, marks)
                survey.close(wave)
            return survey.campaign.waves[-1].id

    return play


def read(browser: FlaskClient, url: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", browser.get(url).text))


def of(*marks: int, population: int) -> SurveyScore:
    scores = tuple(map(Fraction, marks))
    return SurveyScore(scores, population, exact=sum(scores, Fraction(0)) / len(scores))


def test_worst_case_and_break_even_stand_beside_the_score(lead: FlaskClient, closed: Callable[..., int]) -> None:
    wave_id = closed([8, 9, 10, 7, 9], n=8)
    text = read(lead, f"/waves/{wave_id}/results").split("How was this computed?")[0]
    assert "between 6.38 and 9.13" in text
    assert "Had they all given 0, or all 10: from 5.38 to 9.13." in text
    # (7 x 8 - 43) / 3
    assert "they would have had to give 4.33 on average" in text
    drawing = drawings_of(lead, f"/waves/{wave_id}/results.zip")[f"line-{RESPONSIVENESS}.svg"]
    assert 'class="range"' in drawing


def test_an_answer_from_too_few_is_said_to_be_that(lead: FlaskClient, closed: Callable[..., int]) -> None:
    wave_id = closed([10, 10, 10], n=8)
    text = read(lead, f"/waves/{wave_id}/results")
    assert "Fewer than four in ten of the people concerned answered: too few to judge." in text
    assert "tipped it either way" not in text


def test_no_end_of_an_interval_is_printed_on_the_other_side_of_the_threshold(
    lead: FlaskClient, closed: Callable[..., int]
) -> None:
    # The low end is 6.375, a thousandth under: with two decimals it would read 6.38, as if it were reached.
    wave_id = closed([8, 9, 10, 7, 9], n=8, threshold="6.376")
    page = read(lead, f"/waves/{wave_id}/results")
    assert "Inconclusive" in page
    assert "between 6.375 and 9.13" in page
    assert "6.38" not in page
    assert "6.375" in lead.get(f"/waves/{wave_id}/results.csv").text


def test_an_earlier_mark_is_not_printed_as_if_it_had_passed(lead: FlaskClient, closed: Callable[..., int]) -> None:
    # 20 / 3 is under 6.667, then 7 is not.
    wave_id = closed([6, 7, 7], [7, 7, 7], n=3, threshold="6.667")
    base = f"/waves/{wave_id}/results"
    [line] = csv.DictReader(StringIO(lead.get(f"{base}.csv").text.removeprefix("\ufeff")))
    figures = [line[name] for name in ("Before", "Score", "Change", "Reference measure")]
    assert figures == ["6.6667", "7.00", "+0.33", "6.6667"]
    assert "6.67" not in line.values()


def test_an_address_with_an_unknown_theme_shows_every_line(lead: FlaskClient, closed: Callable[..., int]) -> None:
    wave_id = closed([8, 9], n=2)
    assert "Agency responsiveness" in lead.get(f"/waves/{wave_id}/results.csv?theme=servic").text
    assert "Agency responsiveness" not in lead.get(f"/waves/{wave_id}/results.csv?theme=quality").text


def test_the_bounds_of_a_mixed_line_are_those_of_the_line() -> None:
    blend = Blend(Fraction(3, 5), Fraction(2, 5) * 9)
    found = look_out(of(6, 8, population=4), Decimal(7), blend, shows_marks=True)
    assert (found.worst_low, found.worst_high) == (Decimal("5.7"), Decimal("8.7"))
    # 0.6 x + 3.6 = 7 at x = 17/3: (4 x 17/3 - 14) / 2
    assert found.break_even == Decimal("4.333333")
    alone = look_out(of(6, 8, population=4), Decimal(7), Blend(), shows_marks=True)
    assert alone.usual_low is not None
    assert found.usual_low is not None
    assert found.usual_low == pytest.approx(Decimal("0.6") * alone.usual_low + Decimal("3.6"), abs=Decimal("0.00001"))


def test_the_bounds_over_roles_follow_their_shares_and_no_one_mean_decides() -> None:
    marketing = RoleMarks("marketing", Fraction(1, 4), (Fraction(8), Fraction(6)), 4)
    silent = RoleMarks("purchasing", Fraction(3, 4), (), 2)
    survey = SurveyScore(marketing.scores, 6, (marketing, silent), ("purchasing",), Fraction(7))
    found = look_out(survey, Decimal(7), Blend(), shows_marks=True)
    assert (found.worst_low, found.worst_high) == (Decimal("0.875"), Decimal("9.625"))
    assert found.verdict == "none"


def test_a_score_over_roles_opens_on_its_roles(lead: FlaskClient, closed: Callable[..., int]) -> None:
    roles = ("marketing", "marketing", "marketing", "purchasing")
    wave_id = closed([10, 10, 10, 5], n=4, roles=roles, shares={"marketing": "0.3", "purchasing": "0.7"})
    text = read(lead, f"/waves/{wave_id}/results")
    assert "Marketing 3 of 3 10.00 × 30% 3.00" in text
    assert "Purchasing 1 of 1 5.00 × 70% 3.50" in text
    assert "Sum of the parts: 6.50" in text
    assert "35.00 ÷ 4" not in text


def test_a_role_that_nobody_answered_for_is_divided_out(lead: FlaskClient, closed: Callable[..., int]) -> None:
    roles = ("marketing", "marketing", "marketing", "purchasing")
    wave_id = closed([8, 8, 8], n=4, roles=roles, shares=HALVES)
    text = read(lead, f"/waves/{wave_id}/results")
    assert "Purchasing 0 of 1 – × 50% –" in text
    assert "Sum of the parts ÷ 50%, the share of the roles that answered: 8.00" in text
    assert "between 4.00 and 9.00" in text
    assert "as far as zeros or tens from all of them" in text


@pytest.mark.parametrize(("n_purchasing", "is_drawn"), [(2, False), (5, True)])
def test_no_mark_is_drawn_where_their_sum_would_tell_the_mean_of_a_role_of_a_few(
    app: Flask, cast: Cast, closed: Callable[..., int], n_purchasing: int, *, is_drawn: bool
) -> None:
    roles = ("marketing",) * 9 + ("purchasing",) * n_purchasing
    given = [8] * 9 + [3] * n_purchasing
    wave_id = closed(given, n=len(given), mode="confidential", roles=roles, shares=HALVES)
    manager = browser_of(app, cast.users["account_manager"])
    drawn = drawings_of(manager, f"/waves/{wave_id}/results.zip")[f"line-{RESPONSIVENESS}.svg"]
    assert ('class="dot"' in drawn) is is_drawn


def test_the_mean_of_a_role_of_a_few_stays_hidden(
    app: Flask, cast: Cast, lead: FlaskClient, closed: Callable[..., int]
) -> None:
    roles = ("marketing",) * 6 + ("purchasing",) * 3
    wave_id = closed([8, 8, 8, 8, 8, 8, 3, 4], n=9, mode="confidential", roles=roles, shares=HALVES)
    manager = browser_of(app, cast.users["account_manager"])
    text = read(manager, f"/waves/{wave_id}/results")
    assert "Purchasing 2 of 3 hidden × 50% –" in text
    assert "Marketing 6 of 6 hidden × 50% –" in text
    assert "3.50" not in text
    # Score and worst case are two sums of the same two means: together they would give both away.
    assert "The interval stays hidden" in text
    drawn = drawings_of(manager, f"/waves/{wave_id}/results.zip")[f"line-{RESPONSIVENESS}.svg"]
    assert 'class="range"' not in drawn
    assert 'class="interval"' not in drawn
    table = manager.get(f"/waves/{wave_id}/results.csv").text
    assert re.search(r"Services,5\.75,7,[\w ]+,8,9,–,–,–,–,–", table)
    assert "between" in read(lead, f"/waves/{wave_id}/results"), "the lead reads each answer"


def test_a_mark_opens_on_the_answers_that_made_it(lead: FlaskClient, session: Session) -> None:
    with transaction(session):
        survey = Survey.set_up(session, "lumen", "annual_review", agency=session.get_one(Agency, 1))
        survey.promise(RESPONSIVENESS)
        wave = survey.open_wave(2)
        first, second, third = (q.key for q in survey.questionnaire.questions_by_indicator()[RESPONSIVENESS])
        survey.answer(wave, 0, {third: 4, first: 9, second: 8})
        survey.answer(wave, 1, {first: 8, second: 5, third: NOT_APPLICABLE})
        survey.close(wave)
        wave_id = wave.id
    text = read(lead, f"/waves/{wave_id}/results")
    assert "Hélène Martin (9 + 8 + 4) ÷ 3 7.00" in text
    assert "Marc Martin (8 + 5) ÷ 2 6.50" in text
    assert "13.50 ÷ 2 = 6.75" in text


def test_files_follow_the_choice_of_the_page(lead: FlaskClient, closed: Callable[..., int]) -> None:
    wave_id = closed([6, 7, 8], [8, 8, 8], [9, 9, 9], n=3)
    first_id = wave_id - 2
    page = lead.get(f"/waves/{wave_id}/results?since={first_id}").text
    for kind in ("csv", "zip"):
        assert page.count(f'href="/waves/{wave_id}/results.{kind}?since={first_id}"') == 1
    assert ",+2.00," in lead.get(f"/waves/{wave_id}/results.csv?since={first_id}").text
    assert ",+2.00," not in lead.get(f"/waves/{wave_id}/results.csv").text
    assert "+2.00" in drawings_of(lead, f"/waves/{wave_id}/results.zip?since={first_id}")["moves.svg"]
    assert f"line-{RESPONSIVENESS}.svg" not in drawings_of(lead, f"/waves/{wave_id}/results.zip?theme=quality")


def test_every_drawing_of_the_page_is_in_the_archive_and_its_figures_beside_it(
    lead: FlaskClient, closed: Callable[..., int]
) -> None:
    wave_id = closed([6, 7, 8], [7, 7, 8], n=4)
    page = lead.get(f"/waves/{wave_id}/results").text
    drawn = drawings_of(lead, f"/waves/{wave_id}/results.zip")
    expected = {"moves", "course-overall", f"line-{RESPONSIVENESS}", f"course-{RESPONSIVENESS}"}
    assert set(drawn) == {f"{key}.svg" for key in expected}
    assert page.count('class="drawing"') == len(drawn) == page.count("As a table")


def test_the_satisfied_are_counted_and_told_for_everybody_asked(lead: FlaskClient, closed: Callable[..., int]) -> None:
    # Four of five gave 7 or more. Were they only 4 of the 8, five drawn would hold all four once in 14 times, which
    # one time in 20 does not exclude; three more is all that the missing can bring, 7 of 8.
    wave_id = closed([8, 9, 10, 6, 7], n=8)
    text = read(lead, f"/waves/{wave_id}/results")
    assert "4 people of 5 gave 7 or more: 80% are satisfied." in text
    assert "Of the 8 people concerned, between 50% and 88% would be." in text
    assert "80%,50%,88%" in lead.get(f"/waves/{wave_id}/results.csv").text


@pytest.mark.parametrize(("n", "is_told"), [(9, False), (10, True)])
def test_the_satisfied_are_counted_only_where_each_mark_may_be_seen(
    lead: FlaskClient, closed: Callable[..., int], n: int, is_told: bool
) -> None:
    wave_id = closed([8] * (n - 1) + [6], n=n, mode="anonymous")
    assert ("are satisfied" in read(lead, f"/waves/{wave_id}/results")) is is_told
    assert (f"{100 * (n - 1) // n}" in lead.get(f"/waves/{wave_id}/results.csv").text) is is_told
