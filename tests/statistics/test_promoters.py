"""The Net Promoter Score."""

import math
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.statistics import finite_mean_interval, net_promoter_score

RATINGS = st.lists(st.integers(0, 10), min_size=1, max_size=9)
# 95 % quantile of the standard normal distribution: R, qnorm(0.975) -> 1.959964
Z95 = 1.959964


def test_it_counts_nines_and_tens_against_zeros_to_sixes() -> None:
    # Reichheld, "The one number you need to grow", Harvard Business Review, December 2003: 9-10 promote, 7-8
    # are passive, 0-6 detract.
    assert net_promoter_score(list(range(11))).estimate == pytest.approx(100 * (2 - 7) / 11)
    assert [net_promoter_score([rating]).estimate for rating in (6, 7, 8, 9)] == [-100.0, 0.0, 0.0, 100.0]


def test_without_a_population_it_is_the_adjusted_wald_interval_of_rocks() -> None:
    # Rocks, The American Statistician 70 (2016); R, NPS: nps_test(x, test = "adjusted.wald") adds the
    # pseudo-observations c(0.75, 1.5, 0.75). By hand for 10 promoters, 5 passives, 5 detractors: centre 5 /
    # 23, variance (10.75 + 5.75) / 23 - (5 / 23)^2, over 23.
    interval = net_promoter_score([10] * 10 + [8] * 5 + [3] * 5, level=0.95)
    centre, spread = 5 / 23, math.sqrt((16.5 / 23 - (5 / 23) ** 2) / 23)
    assert interval.estimate == 25.0
    assert interval.low == pytest.approx(100 * (centre - Z95 * spread), abs=1e-4)
    assert interval.high == pytest.approx(100 * (centre + Z95 * spread), abs=1e-4)
    assert (interval.n, interval.population, interval.method) == (20, None, "adjusted wald")


@given(RATINGS, st.integers(0, 6))
def test_with_a_population_it_is_the_urn_on_minus_one_nought_and_one(ratings: list[int], missing: int) -> None:
    values = [1 if rating >= 9 else -1 if rating <= 6 else 0 for rating in ratings]
    population = len(ratings) + missing
    interval = net_promoter_score(ratings, population)
    urn = finite_mean_interval(values, population, low=-1, high=1)
    assert (interval.low, interval.high) == pytest.approx((100 * urn.low, 100 * urn.high))
    assert (interval.method, interval.population) == ("polya", population)


@given(RATINGS, st.sampled_from([None, 9, 20]))
def test_it_holds_its_score_and_stays_on_its_scale(ratings: list[int], population: int | None) -> None:
    interval = net_promoter_score(ratings, population)
    assert -100 <= interval.low <= interval.estimate <= interval.high <= 100
    assert interval.low < interval.high or population == len(ratings)


def test_the_urn_covers_the_score_of_every_small_population() -> None:
    for population in product((6, 8, 9), repeat=5):
        score = net_promoter_score(population).estimate
        samples = [population[:place] + population[place + 1 :] for place in range(5)]
        hits = 0
        for sample in samples:
            interval = net_promoter_score(sample, 5)
            hits += interval.low <= score <= interval.high
        assert Fraction(hits, 5) >= Fraction(9, 10)


@pytest.mark.parametrize(
    ("ratings", "population", "sentence"),
    [
        ([], None, "empty"),
        ([11], None, "between 0 and 10"),
        ([7.5], None, "whole number from 0 to 10"),
        ([math.nan], None, "leave out"),
        ([9, 9], 1, "cannot be smaller"),
    ],
)
def test_it_says_what_is_wrong(ratings: list[float], population: int | None, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        net_promoter_score(ratings, population)
