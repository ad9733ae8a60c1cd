"""The one-extra-ball interval, the worst case and the break-even."""

import math
import time
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from survey_app.statistics import (
    break_even,
    finite_mean_interval,
    finite_proportion_interval,
    usual_mean_interval,
    worst_case_bounds,
)
from survey_app.statistics import urn as urn_module
from survey_app.statistics.urn import equal_scores_limits, urn_limits

MARKS = st.sampled_from([Fraction(half, 2) for half in range(21)])
SAMPLES = st.lists(MARKS, min_size=1, max_size=7)
MISSING = st.integers(0, 7)
LEVELS = st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99])


def urn_totals(balls: list[Fraction], draws: int) -> Iterator[Fraction]:
    """List the sum of the draws of every composition, by brute force."""
    for chosen in combinations_with_replacement(range(len(balls)), draws):
        yield sum((balls[ball] for ball in chosen), Fraction(0))


def limits_by_enumeration(marks: list[Fraction], missing: int, tail: Fraction) -> tuple[Fraction, Fraction]:
    lower = sorted(urn_totals([*marks, Fraction(0)], missing))
    upper = sorted(urn_totals([*marks, Fraction(10)], missing), reverse=True)
    place = math.ceil(tail * len(lower)) - 1
    return lower[place], upper[place]


@pytest.mark.parametrize(
    ("scores", "population", "level", "low", "high"),
    [
        # 10 compositions of 2 draws from 4 balls, each of probability 0.1 > 0.025: the extremes stay.
        ([9, 9, 10], 5, 0.95, 5.6, 9.6),
        # 56 compositions: 1/56 < 0.025 <= 2/56 (two minima and a 7), and 4/56 >= 0.025 for three maxima.
        ([8, 9, 10, 7, 9], 8, 0.95, 6.25, 9.125),
        # 2/56 < 0.05 <= 3/56: two minima and an 8.
        ([8, 9, 10, 7, 9], 8, 0.9, 6.375, 9.125),
        ([10, 10, 10], 6, 0.95, 5, 10),
        # 1/20 is the tail itself: a tail that just reaches the nominal one keeps the wider limit.
        ([10, 10, 10], 6, 0.9, 5, 10),
        ([7], 1, 0.95, 7, 7),
        ([7], 2, 0.95, 3.5, 8.5),
    ],
)
def test_it_gives_the_reference_limits(
    scores: list[int], population: int, level: float, low: float, high: float
) -> None:
    interval = finite_mean_interval(scores, population, level=level)
    assert (interval.low, interval.high) == (low, high)
    assert (interval.n, interval.population, interval.method) == (len(scores), population, "polya")


def test_the_default_level_is_ninety_percent_on_a_scale_of_ten() -> None:
    assert finite_mean_interval([8, 9, 10, 7, 9], 8).low == 6.375


@pytest.mark.parametrize("number", [float, Decimal, Fraction, str])
def test_it_reads_every_kind_of_number_alike(number: type) -> None:
    scores = [number(text) for text in ("8.5", "9", "7.25")]
    if number is str:
        with pytest.raises(ValueError, match="not a number"):
            finite_mean_interval(scores, 5)
    else:
        assert finite_mean_interval(scores, 5) == finite_mean_interval([8.5, 9.0, 7.25], 5)


@settings(max_examples=60, deadline=None)
@given(SAMPLES, st.integers(0, 4), LEVELS)
def test_it_equals_the_enumeration_of_all_compositions(marks: list[Fraction], missing: int, level: float) -> None:
    tail = (1 - Fraction(str(level))) / 2
    expected = limits_by_enumeration(marks, missing, tail)
    computed = urn_limits(marks, missing, Fraction(0), Fraction(10), float(tail)) if missing else (0, 0)
    assert computed == expected


@pytest.mark.parametrize("population", [2, 7, 23, 60])
def test_on_two_values_it_is_the_exact_hypergeometric_interval(population: int) -> None:
    for n in range(1, population + 1, 1 + population // 8):
        for successes in range(n + 1):
            kept = [
                total
                for total in range(successes, population - (n - successes) + 1)
                if hypergeom.sf(successes - 1, population, total, n) >= 0.05 * (1 - 1e-9)
                and hypergeom.cdf(successes, population, total, n) >= 0.05 * (1 - 1e-9)
            ]
            scores = [10] * successes + [0] * (n - successes)
            mean = finite_mean_interval(scores, population)
            assert (mean.low, mean.high) == (10 * min(kept) / population, 10 * max(kept) / population)
            share = finite_proportion_interval(successes, n, population, level=0.9)
            assert (share.low, share.high) == (min(kept) / population, max(kept) / population)


@settings(max_examples=80, deadline=None)
@given(SAMPLES, MISSING, LEVELS)
def test_it_lies_inside_the_worst_case_and_holds_the_estimate(
    marks: list[Fraction], missing: int, level: float
) -> None:
    population = len(marks) + missing
    interval, bounds = (
        finite_mean_interval(marks, population, level=level),
        worst_case_bounds(marks, population),
    )
    assert bounds.low <= interval.low <= interval.estimate <= interval.high <= bounds.high


@settings(max_examples=80, deadline=None)
@given(SAMPLES, MISSING)
def test_a_higher_level_never_narrows_it(marks: list[Fraction], missing: int) -> None:
    levels = (0.5, 0.8, 0.9, 0.95, 0.99)
    nested = [finite_mean_interval(marks, len(marks) + missing, level=level) for level in levels]
    assert [i.low for i in nested] == sorted((i.low for i in nested), reverse=True)
    assert [i.high for i in nested] == sorted(i.high for i in nested)


@settings(max_examples=80, deadline=None)
@given(SAMPLES, MISSING, st.data())
def test_a_better_mark_never_lowers_a_limit(marks: list[Fraction], missing: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(marks) - 1))
    better = [*marks[:place], max(marks[place], data.draw(MARKS)), *marks[place + 1 :]]
    before, after = (finite_mean_interval(m, len(marks) + missing) for m in (marks, better))
    assert before.low <= after.low
    assert before.high <= after.high


@settings(max_examples=50, deadline=None)
@given(SAMPLES, MISSING, st.randoms(use_true_random=False))
def test_the_order_of_the_marks_does_not_matter(marks: list[Fraction], missing: int, random: object) -> None:
    shuffled = sorted(marks, key=lambda _: random.random())  # type: ignore[attr-defined]
    population = len(marks) + missing
    assert finite_mean_interval(shuffled, population) == finite_mean_interval(marks, population)


@settings(max_examples=50, deadline=None)
@given(SAMPLES, MISSING)
def test_it_mirrors_with_the_scale(marks: list[Fraction], missing: int) -> None:
    population = len(marks) + missing
    interval = finite_mean_interval(marks, population)
    mirrored = finite_mean_interval([10 - mark for mark in marks], population)
    assert mirrored.low == pytest.approx(10 - interval.high, abs=1e-12)
    assert mirrored.high == pytest.approx(10 - interval.low, abs=1e-12)


def test_nobody_missing_makes_it_a_point_and_one_missing_does_not() -> None:
    complete, almost = finite_mean_interval([7, 7, 8], 3), finite_mean_interval([7, 7, 8], 4)
    assert complete.low == complete.high == complete.estimate
    assert almost.low < almost.estimate < almost.high


def test_the_closed_form_for_equal_scores_agrees_with_the_urn() -> None:
    for n in (1, 2, 9, 40):
        for missing in (1, 5, 60):
            case = (missing, Fraction(0), Fraction(10), 0.05)
            assert equal_scores_limits(Fraction(8), n, *case) == urn_limits([Fraction(8)] * n, *case)


def test_above_three_hundred_contacts_it_is_t_with_finite_population_correction() -> None:
    scores = [7, 8, 9, 6, 8, 7, 9, 10] * 20
    interval, usual = finite_mean_interval(scores, 301), usual_mean_interval(scores, 301, level=0.9)
    assert (interval.low, interval.high) == pytest.approx((usual.low, usual.high))
    assert (interval.method, finite_mean_interval(scores, 300).method) == ("t", "polya")


def test_above_three_hundred_contacts_it_still_stays_inside_the_worst_case() -> None:
    interval, bounds = finite_mean_interval([0, 10], 400), worst_case_bounds([0, 10], 400)
    assert (interval.low, interval.high) == (bounds.low, bounds.high)


def test_above_three_hundred_contacts_equal_scores_are_no_certainty() -> None:
    interval = finite_mean_interval([10] * 20, 400)
    assert interval.low < 9.0
    assert interval.high == 10


def test_scores_off_the_grid_are_rounded_outward_by_less_than_a_step() -> None:
    # 60 answers of 80 with 12-digit decimals: too fine to be kept exactly.
    fine = [Fraction(7 * k % 101, 101) * 10 + Fraction(k, 10**12) for k in range(60)]
    coarse = [Fraction(round(score * 120), 120) for score in fine]
    interval, near = finite_mean_interval(fine, 80), finite_mean_interval(coarse, 80)
    assert interval.low <= near.low + 0.01
    assert interval.low == pytest.approx(near.low, abs=0.02)
    assert interval.high == pytest.approx(near.high, abs=0.02)


def test_a_table_too_large_is_rounded_outward_never_inward(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = [Fraction(37 * k % 601, 60) for k in range(30)]
    exact = finite_mean_interval(scores, 60)
    monkeypatch.setattr(urn_module, "MOST_ADDITIONS", 300_000)
    coarse = finite_mean_interval(scores, 60)
    assert exact.low - 0.2 < coarse.low < exact.low
    assert exact.high < coarse.high < exact.high + 0.2


def test_a_scale_of_its_own_moves_the_extra_ball() -> None:
    assert finite_mean_interval([4], 2, low=1, high=5).low == 2.5
    assert finite_mean_interval([4], 2, low=1, high=5).high == 4.5


def test_its_standard_error_is_the_usual_one() -> None:
    assert finite_mean_interval([8, 9, 10, 7, 9], 8).se == usual_mean_interval([8, 9, 10, 7, 9], 8).se
    assert finite_mean_interval([7], 2).se is None


@pytest.mark.parametrize(
    ("scores", "population", "options", "sentence"),
    [
        ([], 3, {}, "scores is empty"),
        ([7, math.nan], 3, {}, "leave out what was not answered"),
        ([7, Decimal("NaN")], 3, {}, "leave out what was not answered"),
        ([7, math.inf], 3, {}, "finite numbers"),
        ([7, None], 3, {}, "not a number"),
        ([[7, 8], [9, 6]], 5, {}, "not a number"),
        (7, 5, {}, "must be a list of numbers"),
        ([7, 11], 3, {}, "between 0 and 10"),
        ([7, -0.5], 3, {}, "between 0 and 10"),
        ([7, 8, 9], 2, {}, r"population \(2\) cannot be smaller than the number of answers \(3\)"),
        ([7], 2.5, {}, "whole number"),
        ([7], 2, {"level": 0}, "strictly between 0 and 1"),
        ([7], 2, {"level": 1}, "strictly between 0 and 1"),
        ([7], 2, {"level": 95}, "0.95 means 95 %"),
        ([7], 2, {"level": math.nan}, "level"),
        ([7], 2, {"low": 10, "high": 10}, "must be below"),
    ],
)
def test_it_says_what_is_wrong_with_the_input(
    scores: list[float], population: int, options: dict[str, float], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        finite_mean_interval(scores, population, **options)


def test_a_wave_of_twenty_indicators_costs_a_fraction_of_a_second() -> None:
    wave = [[Fraction((7 * k + 11 * j) % 43, 6) + 2 for k in range(60)] for j in range(20)]
    started = time.process_time()
    for scores in wave:
        finite_mean_interval(scores, 80)
    # Some 30 ms; ten times that leaves room for a slow machine and none for a quadratic mistake.
    assert time.process_time() - started < 0.3


def test_the_worst_case_fills_the_silent_with_the_ends_of_the_scale() -> None:
    bounds = worst_case_bounds([9, 9, 10], 5)
    assert (bounds.low, bounds.high) == (28 / 5, 48 / 5)
    assert worst_case_bounds([4, 5], 4, low=1, high=5).low == 2.75


def test_the_break_even_is_the_mean_the_missing_would_need() -> None:
    assert break_even([8, 6, 9], 5, 7) == 6.0
    # Off the scale: out of reach, and safe.
    assert break_even([2, 2, 2], 4, 7) == 22.0
    assert break_even([10, 10, 10], 4, 7) == -2.0


def test_there_is_no_break_even_where_nobody_is_missing() -> None:
    assert break_even([8, 6], 2, 7) is None


@given(SAMPLES, st.integers(1, 7), MARKS)
def test_the_break_even_brings_the_mean_to_the_threshold(
    marks: list[Fraction], missing: int, threshold: Fraction
) -> None:
    needed = break_even(marks, len(marks) + missing, threshold)
    assert needed is not None
    total = float(sum(marks)) + needed * missing
    assert total / (len(marks) + missing) == pytest.approx(float(threshold))
