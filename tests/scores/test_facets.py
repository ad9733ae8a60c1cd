"""What stands beside the scores: recommendation, roles, trend, forms to look at."""

from fractions import Fraction

import pytest

from survey_app.scores.disclosure import Reader
from survey_app.scores.facets import Facets, find_trend, read_facets, role_results
from tests.scores.cast import REPORTING, RESPONSIVENESS, Survey

BY_ROLE = {
    "marketing": [Fraction(8)] * 6,
    "purchasing": [Fraction(6)] * 5,
    "management": [Fraction(2)] * 2,
}


def test_a_role_of_two_people_is_kept_back_with_the_one_that_would_give_it_away() -> None:
    found = {each.role: each.mean for each in role_results(BY_ROLE, Reader("confidential"))}
    assert found == {"marketing": 8, "purchasing": None, "management": None}
    known = {each.role: each.mean for each in role_results(BY_ROLE, Reader("named"))}
    assert known == {"marketing": 8, "purchasing": 6, "management": 2}


def test_the_client_never_reads_a_role_of_a_few_named_people() -> None:
    found = role_results(BY_ROLE, Reader("named", is_client=True))
    assert [each.role for each in found if each.mean is not None] == ["marketing"]


def test_one_role_alone_is_the_whole() -> None:
    assert role_results({"marketing": [Fraction(8)]}, Reader("named")) == []


def test_a_trend_needs_three_waves_and_proves_nothing_before_five() -> None:
    values = [Fraction(v, 10) for v in (61, 66, 70, 74, 79)]
    assert find_trend(values[:2]) is None
    early = find_trend(values[:4])
    assert early is not None
    assert (early.is_testable, early.is_proved) == (False, False)
    late = find_trend(values)
    assert late is not None
    assert late.is_proved
    assert late.slope == Fraction("0.441666667")


def test_roles_that_all_stay_hidden_make_no_table() -> None:
    few = {"marketing": [Fraction(8)] * 3, "purchasing": [Fraction(7)] * 3}
    assert role_results(few, Reader("confidential")) == []
    assert len(role_results(few, Reader("named"))) == 2


@pytest.mark.parametrize(("n_on_second_line", "is_shown"), [(3, False), (5, True)])
def test_the_mean_of_a_role_does_not_give_a_hidden_line_away(
    survey: Survey, n_on_second_line: int, is_shown: bool
) -> None:
    # Where everybody gave 10 on the first line, a role's mean over both tells what the three gave on the second.
    survey.promise(RESPONSIVENESS)
    survey.promise(REPORTING)
    wave = survey.open_wave(10, "confidential", ("marketing", "purchasing"))
    for place in range(10):
        second = {REPORTING: 2} if place < n_on_second_line else {}
        survey.answer(wave, place, {RESPONSIVENESS: 10, **second})
    survey.close(wave)
    found = read_facets(survey.session, wave, Reader("confidential"), [])
    assert bool(found.roles) is is_shown


def facets_of(survey: Survey, marks: list[int], mode: str, reader: Reader, n_seconds: int = 90) -> Facets:
    survey.promise(RESPONSIVENESS)
    wave = survey.open_wave(len(marks), mode)
    asked = [question for question in survey.questionnaire.questions if question.kind != "open"]
    for place, mark in enumerate(marks):
        survey.answer(wave, place, {question.key: mark for question in asked}, n_seconds=n_seconds)
    survey.close(wave)
    return read_facets(survey.session, wave, reader, [])


def test_promoters_less_detractors(survey: Survey) -> None:
    found = facets_of(survey, [10, 9, 8, 6], "named", Reader("named"))
    assert found.recommendation is not None
    assert found.recommendation.score == Fraction(25)


def test_the_recommendation_of_four_people_is_kept_back(survey: Survey) -> None:
    assert facets_of(survey, [10, 9, 8, 6], "anonymous", Reader("anonymous")).recommendation is None


@pytest.mark.parametrize(
    ("reader", "n_flagged"),
    [(Reader("named"), 3), (Reader("confidential"), None), (Reader("named", is_client=True), None)],
)
def test_forms_to_look_at_are_counted_for_those_who_may_know(
    survey: Survey, reader: Reader, n_flagged: int | None
) -> None:
    assert facets_of(survey, [6, 6, 6, 10], reader.mode, reader).n_flagged == n_flagged
