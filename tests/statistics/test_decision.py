"""Met, not met, inconclusive, and the exact comparison."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.statistics import decide, finite_mean_interval

TENTHS = st.lists(st.integers(0, 100), min_size=1, max_size=9)


@pytest.mark.parametrize("number", [float, Decimal, Fraction])
def test_a_mean_of_exactly_seven_passes_a_threshold_of_seven(number: type) -> None:
    scores = [number(text) for text in ("6.6", "7.1", "7.1", "7.2")]
    decision = decide(scores, 4, number("7"))
    assert (decision.is_breach, decision.state) == (False, "met")


@pytest.mark.parametrize("number", [float, Decimal, Fraction])
def test_a_hair_below_the_threshold_is_a_breach(number: type) -> None:
    decision = decide([number("6.999")] * 3, 3, 7)
    assert (decision.is_breach, decision.state) == (True, "not_met")


def test_thirds_given_as_floats_are_thirds() -> None:
    # 20/3 + 20/3 + 23/3 = 21: the mean is 7, in floats 6.999999999999999 or so.
    assert not decide([20 / 3, 20 / 3, 23 / 3], 3, 7).is_breach
    assert decide([20 / 3, 20 / 3, 22.9999 / 3], 3, 7).is_breach


def test_the_state_follows_the_interval() -> None:
    # [8, 9, 10, 7, 9] of 8 at 90 %: [6.375, 9.125].
    assert decide([8, 9, 10, 7, 9], 8, 6.375).state == "met"
    assert decide([8, 9, 10, 7, 9], 8, Decimal("6.376")).state == "inconclusive"
    assert decide([8, 9, 10, 7, 9], 8, 9.125).state == "inconclusive"
    assert decide([8, 9, 10, 7, 9], 8, Decimal("9.126")).state == "not_met"


def test_the_interval_is_the_one_of_the_whole_population() -> None:
    assert decide([8, 9, 10], 5, 7, 0.8).interval == finite_mean_interval([8, 9, 10], 5, level=0.8)


def test_a_breach_starts_a_plan_whatever_the_uncertainty() -> None:
    decision = decide([6, 7, 7], 6, 7)
    assert (decision.state, decision.is_breach) == ("inconclusive", True)


def test_no_state_contradicts_the_breach_where_nearly_everybody_answered() -> None:
    # 59 tens and a nought of 61: the missing one is a nought with 2 chances in 61, under 5 %, so the lower
    # limit is 600 / 61 = 9.836, above the mean of the answers, 590 / 60 = 9.833.
    scores = [10] * 59 + [0]
    decision = decide(scores, 61, Decimal("9.835"))
    assert decision.interval.low > 9.835 > decision.interval.estimate
    assert (decision.is_breach, decision.state) == (True, "inconclusive")
    mirrored = decide([10 - score for score in scores], 61, Decimal("0.165"))
    assert (mirrored.is_breach, mirrored.state) == (False, "inconclusive")


def test_under_forty_percent_of_answers_nothing_is_concluded() -> None:
    # At threshold 0 the lower limit always reaches it: only the response rate can forbid the conclusion.
    assert decide([9, 9, 9], 8, 0).state == "inconclusive"
    assert decide([9, 9, 9, 9], 10, 0).state == "met"


@given(TENTHS, st.integers(0, 100))
def test_when_everybody_answered_it_is_always_decided_by_the_exact_mean(tenths: list[int], goal: int) -> None:
    decision = decide([tenth / 10 for tenth in tenths], len(tenths), goal / 10)
    is_below = sum(tenths) < goal * len(tenths)
    assert decision.is_breach == is_below
    assert decision.state == ("not_met" if is_below else "met")


@given(TENTHS, st.integers(0, 9), st.integers(0, 100))
def test_a_met_threshold_is_never_a_breach(tenths: list[int], missing: int, goal: int) -> None:
    decision = decide([tenth / 10 for tenth in tenths], len(tenths) + missing, goal / 10)
    assert not (decision.state == "met" and decision.is_breach)
    assert not (decision.state == "not_met" and not decision.is_breach)


@pytest.mark.parametrize(("scores", "threshold"), [([], 7), ([11], 7), ([7], float("nan"))])
def test_it_refuses_what_cannot_be_judged(scores: list[float], threshold: float) -> None:
    with pytest.raises(ValueError, match=r"empty|between 0 and 10|threshold"):
        decide(scores, 3, threshold)
