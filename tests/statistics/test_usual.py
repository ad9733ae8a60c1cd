"""The usual formulas, against R, textbooks and NIST."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.statistics import usual_mean_interval, weighted_mean

# R: sleep$extra (Student's sleep data, "The probable error of a mean", Biometrika 6, 1908).
SLEEP = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
SLEEP += [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

# NIST Statistical Reference Datasets, univariate: the 1001 values of NumAcc2.dat and NumAcc3.dat.
NUMACC2 = [1.2] + [1.1, 1.3] * 500
NUMACC3 = [1000000.2] + [1000000.1, 1000000.3] * 500


def test_it_matches_r_on_the_sleep_data() -> None:
    interval = usual_mean_interval(SLEEP)
    # R: t.test(sleep$extra) -> t = 3.413, df = 19, 95 percent confidence interval 0.5955845 2.4844155, mean
    # 1.54
    assert interval.estimate == pytest.approx(1.54, abs=1e-12)
    assert interval.low == pytest.approx(0.5955845, abs=5e-8)
    assert interval.high == pytest.approx(2.4844155, abs=5e-8)
    assert interval.se is not None
    assert interval.estimate / interval.se == pytest.approx(3.413, abs=5e-4)
    assert (interval.n, interval.population, interval.method) == (20, None, "t")


@pytest.mark.parametrize(("values", "mean"), [(NUMACC2, 1.2), (NUMACC3, 1000000.2)])
def test_it_keeps_the_digits_nist_certifies(values: list[float], mean: float) -> None:
    # NIST StRD, NumAcc2.dat and NumAcc3.dat: certified means 1.2 and 1000000.2, standard deviation 0.1
    # (exact).
    interval = usual_mean_interval(values)
    assert interval.estimate == mean
    assert interval.se is not None
    assert interval.se * math.sqrt(1001) == pytest.approx(0.1, rel=1e-8)


def test_it_corrects_for_a_finite_population_as_the_textbook_does() -> None:
    # Scheaffer, Mendenhall, Ott, Elementary Survey Sampling, example 4.1: nine hospital accounts of 484.
    accounts = [33.50, 32.00, 52.00, 43.00, 40.00, 41.00, 45.00, 42.50, 39.00]
    interval = usual_mean_interval(accounts, 484)
    # There: mean 40.89, bound on the error 2 sqrt(35.67 / 9 * 475 / 484) = 3.94.
    assert interval.estimate == pytest.approx(40.89, abs=0.005)
    assert interval.se is not None
    assert 2 * interval.se == pytest.approx(3.94, abs=0.005)


def test_it_is_a_point_when_everybody_answered() -> None:
    interval = usual_mean_interval([7, 9], 2)
    assert (interval.low, interval.high, interval.se) == (8.0, 8.0, 0.0)
    assert usual_mean_interval([7], 1).high == 7.0


@pytest.mark.parametrize("population", [None, 5])
def test_one_score_has_no_spread(population: int | None) -> None:
    with pytest.raises(ValueError, match="at least two"):
        usual_mean_interval([7], population)


def test_a_weighted_mean_matches_r() -> None:
    # R, example(weighted.mean): weighted.mean(x = c(3.7, 3.3, 3.5, 2.8), w = c(5, 5, 4, 1)/15) -> 3.453333
    assert weighted_mean([3.7, 3.3, 3.5, 2.8], [5, 5, 4, 1]).estimate == pytest.approx(3.453333, abs=5e-7)


def test_a_weighted_mean_has_the_standard_error_of_a_ratio() -> None:
    # Lohr, Sampling: Design and Analysis, chapter 4, Santa Cruz tree seedlings in ten quadrats: 61 of the 206
    # seedlings of 1992 were alive in 1994; ratio 0.2961, standard error 0.115.
    seedlings = [1, 0, 8, 2, 76, 60, 25, 2, 1, 31]
    alive = [0, 0, 1, 2, 10, 15, 3, 2, 1, 27]
    rates = [Fraction(a, s) if s else Fraction(0) for a, s in zip(alive, seedlings, strict=True)]
    interval = weighted_mean(rates, seedlings)
    assert interval.estimate == pytest.approx(0.2961, abs=5e-5)
    assert interval.se == pytest.approx(0.115, abs=5e-4)


@given(st.lists(st.integers(0, 20), min_size=2, max_size=9), st.integers(1, 9), st.integers(0, 5))
def test_equal_weights_give_the_usual_interval(halves: list[int], weight: int, missing: int) -> None:
    scores = [half / 2 for half in halves]
    population = len(scores) + missing
    weighted = weighted_mean(scores, [weight] * len(scores), population)
    usual = usual_mean_interval(scores, population)
    assert (weighted.low, weighted.high, weighted.se) == pytest.approx((usual.low, usual.high, usual.se))
    assert (weighted.method, weighted.population) == ("weighted t", population)


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), min_size=2, max_size=9))
def test_the_unit_of_the_weights_does_not_matter(pairs: list[tuple[int, int]]) -> None:
    scores, weights = zip(*pairs, strict=True)
    interval, scaled = weighted_mean(scores, weights), weighted_mean(scores, [w / 7 for w in weights])
    assert (interval.low, interval.high) == pytest.approx((scaled.low, scaled.high), abs=1e-9)


def test_a_weighted_census_is_a_point() -> None:
    interval = weighted_mean([6, 9], [2, 1], 2)
    assert interval.low == interval.high == interval.estimate == 7.0


@pytest.mark.parametrize(
    ("scores", "weights", "population", "sentence"),
    [
        ([7, 8], [1], None, "2 scores but 1 weights"),
        ([7, 8], [1, -1], None, "must not be negative"),
        ([7, 8], [0, 0], None, "at least one must be above zero"),
        ([7], [1], None, "at least two"),
        ([7, 8], [1, 1], 1, "cannot be smaller"),
        ([], [], None, "scores is empty"),
    ],
)
def test_a_weighted_mean_says_what_is_wrong(
    scores: list[int], weights: list[int], population: int | None, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        weighted_mean(scores, weights, population)


@given(st.lists(st.integers(0, 20), min_size=2, max_size=9))
def test_a_higher_level_never_narrows_the_usual_interval(halves: list[int]) -> None:
    narrow, wide = (usual_mean_interval([h / 2 for h in halves], level=level) for level in (0.8, 0.95))
    assert wide.low <= narrow.low <= narrow.high <= wide.high
