"""Cronbach's alpha, against R."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.statistics import cronbach_alpha

# R: attitude (Chatterjee and Price): rating, complaints, privileges, learning, raises, critical, advance.
ATTITUDE = [
    [43, 51, 30, 39, 61, 92, 45],
    [63, 64, 51, 54, 63, 73, 47],
    [71, 70, 68, 69, 76, 86, 48],
    [61, 63, 45, 47, 54, 84, 35],
    [81, 78, 56, 66, 71, 83, 47],
    [43, 55, 49, 44, 54, 49, 34],
    [58, 67, 42, 56, 66, 68, 35],
    [71, 75, 50, 55, 70, 66, 41],
    [72, 82, 72, 67, 71, 83, 31],
    [67, 61, 45, 47, 62, 80, 41],
    [64, 53, 53, 58, 58, 67, 34],
    [67, 60, 47, 39, 59, 74, 41],
    [69, 62, 57, 42, 55, 63, 25],
    [68, 83, 83, 45, 59, 77, 35],
    [77, 77, 54, 72, 79, 77, 46],
    [81, 90, 50, 72, 60, 54, 36],
    [74, 85, 64, 69, 79, 79, 63],
    [65, 60, 65, 75, 55, 80, 60],
    [65, 70, 46, 57, 75, 85, 46],
    [50, 58, 68, 54, 64, 78, 52],
    [50, 40, 33, 34, 43, 64, 33],
    [64, 61, 52, 62, 66, 80, 41],
    [53, 66, 52, 50, 63, 80, 37],
    [40, 37, 42, 58, 50, 57, 49],
    [63, 54, 42, 48, 66, 75, 33],
    [66, 77, 66, 63, 88, 76, 72],
    [78, 75, 58, 74, 80, 78, 49],
    [48, 57, 44, 45, 51, 83, 38],
    [85, 85, 71, 71, 77, 74, 55],
    [82, 82, 39, 59, 64, 78, 39],
]


def test_alpha_matches_r_on_the_attitude_data() -> None:
    # R, psych: alpha(attitude) -> raw_alpha 0.843; without critical 0.864, without raises 0.795.
    assert cronbach_alpha(ATTITUDE).estimate == pytest.approx(0.843, abs=5e-4)
    assert cronbach_alpha([row[:5] + row[6:] for row in ATTITUDE]).estimate == pytest.approx(0.864, abs=5e-4)
    assert cronbach_alpha([row[:4] + row[5:] for row in ATTITUDE]).estimate == pytest.approx(0.795, abs=5e-4)


def answers_with_alpha(alpha: float, n: int, k: int) -> list[list[float]]:
    """Return answers whose sample correlations are all equal, so that alpha is exactly this."""
    noise = np.random.default_rng(1).normal(size=(n, k))
    orthogonal, _ = np.linalg.qr(noise - noise.mean(axis=0))
    shared = alpha / (k - alpha * (k - 1))
    correlations = np.full((k, k), shared) + (1 - shared) * np.eye(k)
    rows: list[list[float]] = (orthogonal @ np.linalg.cholesky(correlations).T).tolist()
    return rows


@pytest.mark.parametrize(
    ("alpha", "n", "k", "low", "high", "digits"),
    [
        # R, statpsych: ci.cronbach(.05, .85, 7, 89) -> LL 0.7971254, UL 0.8931436. It gives F n (k - 1)
        # degrees of freedom where Feldt, Woodruff and Salih give (n - 1)(k - 1): the fourth digit differs.
        (0.85, 89, 7, 0.7971254, 0.8931436, 1e-4),
        # R, psych: alpha() of 2 items and 303 respondents -> Feldt 0.31 0.45 0.56
        (0.45, 303, 2, 0.31, 0.56, 5e-3),
    ],
)
def test_the_interval_matches_r(alpha: float, n: int, k: int, low: float, high: float, digits: float) -> None:
    interval = cronbach_alpha(answers_with_alpha(alpha, n, k))
    assert interval.estimate == pytest.approx(alpha, abs=1e-12)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=digits)
    assert (interval.n, interval.method, interval.se) == (n, "feldt", None)


def test_questions_that_always_agree_have_alpha_one() -> None:
    interval = cronbach_alpha([[1, 1], [5, 5], [9, 9]])
    assert (interval.low, interval.estimate, interval.high) == (1, 1, 1)


def test_questions_that_contradict_each_other_may_go_below_nought() -> None:
    assert cronbach_alpha([[1, 9], [5, 6], [9, 1]]).estimate < 0


@given(st.lists(st.tuples(*[st.integers(0, 10)] * 3), min_size=3, max_size=8))
def test_neither_order_nor_scale_matters(rows: list[tuple[int, int, int]]) -> None:
    if len({sum(row) for row in rows}) < 2:
        return
    interval = cronbach_alpha(rows)
    turned = cronbach_alpha([[10 * b + 3, 10 * c + 3, 10 * a + 3] for a, b, c in reversed(rows)])
    assert turned.estimate == pytest.approx(interval.estimate, rel=1e-9, abs=1e-9)
    assert interval.low <= interval.estimate <= interval.high <= 1
    assert cronbach_alpha(rows, 0.99).low <= interval.low


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ([], "empty"),
        ([[1, 2]], "two respondents and two questions, not 1 and 2"),
        ([[1], [2]], "not 2 and 1"),
        ([[1, 2], [3]], "same number of columns"),
        ([[1, math.nan], [3, 4]], "leave out"),
        ([[1, 2], [2, 1]], "same sum"),
    ],
)
def test_it_says_what_is_wrong(items: list[list[float]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        cronbach_alpha(items)
