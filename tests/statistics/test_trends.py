"""Sen's slope and the Mann-Kendall test, against Sen, a hand-worked example and scipy."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import theilslopes

from survey_app.statistics import trend

# J. Little, "A Mann-Kendall example (by hand)", College of the Holy Cross: one pair of ties.
BY_HAND = [12.9, 14.8, 13.2, 15.7, 13.8, 15.6, 12.9, 11.0, 17.3, 15.9, 19.0, 18.3, 20.1, 21.7]

SERIES = st.lists(st.integers(0, 20), min_size=3, max_size=12)


def test_mann_kendall_matches_the_example_worked_by_hand() -> None:
    result = trend(BY_HAND)
    # There: 72 rising pairs, 18 falling, 1 tie: S = 54; V = 14 13 33 / 18 - 2 1 9 / 18; Z = 2.9058; one-sided
    # p .0018.
    assert result.statistic == 54
    assert result.z == pytest.approx(2.9058, abs=5e-5)
    assert result.p_value / 2 == pytest.approx(0.0018, abs=5e-5)


def test_the_slope_and_its_interval_match_sen() -> None:
    # Sen (1968), section 6: slope 4, 93 % interval from 3.71 to 4.38.
    result = trend([9, 15, 19, 20, 45, 55, 78], [1, 2, 3, 4, 10, 12, 18], level=0.93)
    assert result.slope == 4
    assert (result.low, result.high) == pytest.approx((3.71, 4.38), abs=0.005)


@given(SERIES, st.sampled_from([0.8, 0.95]))
def test_the_slope_and_its_interval_agree_with_scipy(values: list[int], level: float) -> None:
    times = [k + k // 3 for k in range(len(values))]
    result, reference = trend(values, times, level), theilslopes(values, times, level)
    assert (result.slope, result.low, result.high) == pytest.approx(
        (reference.slope, reference.low_slope, reference.high_slope)
    )


def test_four_waves_can_never_be_significant_and_five_can() -> None:
    assert trend([6, 7, 8, 9]).p_value > 0.05
    assert trend([5, 6, 7, 8, 9]).p_value < 0.05


def test_a_level_series_has_no_trend() -> None:
    result = trend([7, 7, 7, 7])
    assert (result.slope, result.low, result.high, result.statistic, result.z, result.p_value) == (
        0,
        0,
        0,
        0,
        0,
        1,
    )


def test_equal_scores_are_tied_in_spite_of_rounding_noise() -> None:
    assert trend([0.1 + 0.2, 0.3, 0.3]).statistic == 0


@given(SERIES)
def test_running_backwards_turns_the_sign(values: list[int]) -> None:
    forth, back = trend(values), trend(values[::-1])
    assert (forth.slope, forth.statistic, forth.z) == pytest.approx((-back.slope, -back.statistic, -back.z))
    assert forth.low <= forth.slope <= forth.high


@given(SERIES)
def test_a_higher_level_never_narrows_the_slope(values: list[int]) -> None:
    narrow, wide = trend(values, level=0.8), trend(values, level=0.95)
    assert wide.low <= narrow.low <= narrow.high <= wide.high


@given(SERIES, st.integers(1, 9))
def test_the_slope_is_per_unit_of_time(values: list[int], unit: int) -> None:
    slow = trend(values, [unit * k for k in range(len(values))])
    assert slow.slope * unit == pytest.approx(trend(values).slope)
    assert slow.statistic == trend(values).statistic


@pytest.mark.parametrize(
    ("values", "times", "sentence"),
    [
        ([7, 8], None, "at least 3 waves, not 2"),
        ([], None, "empty"),
        ([7, 8, math.nan], None, "leave out"),
        ([7, 8, 9], [1, 2], "3 values and 2 times"),
        ([7, 8, 9], [1, 1, 2], "rise strictly"),
        ([7, 8, 9], [3, 2, 1], "rise strictly"),
    ],
)
def test_it_says_what_is_wrong(values: list[float], times: list[float] | None, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        trend(values, times)
