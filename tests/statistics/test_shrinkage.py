"""Empirical Bayes estimates, against metafor."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.statistics import shrink

# R, metadat: dat.bcg, thirteen trials of the BCG vaccine: tpos, tneg, cpos, cneg.
BCG = [
    (4, 119, 11, 128),
    (6, 300, 29, 274),
    (3, 228, 11, 209),
    (62, 13536, 248, 12619),
    (33, 5036, 47, 5761),
    (180, 1361, 372, 1079),
    (8, 2537, 10, 619),
    (505, 87886, 499, 87892),
    (29, 7470, 45, 7232),
    (17, 1699, 65, 1600),
    (186, 50448, 141, 27197),
    (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]

# R, metadat: dat.raudenbush1985, nineteen experiments on what teachers expect of their pupils: yi and vi.
EXPECTANCY = [0.03, 0.12, -0.14, 1.18, 0.26, -0.06, -0.02, -0.32, 0.27, 0.80]
EXPECTANCY += [0.54, 0.18, -0.02, 0.23, -0.18, -0.06, 0.30, 0.07, -0.07]
EXPECTANCY_VARIANCES = [0.0156, 0.0216, 0.0279, 0.1391, 0.1362, 0.0106, 0.0106, 0.0484, 0.0269, 0.0630]
EXPECTANCY_VARIANCES += [0.0912, 0.0497, 0.0835, 0.0841, 0.0253, 0.0279, 0.0193, 0.0088, 0.0303]

MEANS = st.lists(st.tuples(st.integers(0, 100), st.integers(1, 40)), min_size=2, max_size=8)


def test_the_variance_between_trials_matches_metafor() -> None:
    # R, metafor: dat <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg);
    # rma(yi, vi, data = dat) -> tau^2 (estimated amount of total heterogeneity): 0.3132, estimate -0.7145
    ratios = [math.log(a / (a + b) / (c / (c + d))) for a, b, c, d in BCG]
    variances = [1 / a - 1 / (a + b) + 1 / c - 1 / (c + d) for a, b, c, d in BCG]
    result = shrink(ratios, variances)
    assert result.tau2 == pytest.approx(0.3132, abs=5e-5)
    assert result.mean == pytest.approx(-0.7145, abs=5e-5)


def test_the_estimates_match_metafor_and_raudenbush() -> None:
    result = shrink(EXPECTANCY, EXPECTANCY_VARIANCES)
    # R, metafor: res <- rma(yi, vi, data = dat.raudenbush1985) -> tau^2 0.0188, estimate 0.0837; blup(res),
    # compared there with figure 2 of Raudenbush and Bryk (1985), from variances with more digits than the
    # four given here.
    blups = [0.0543, 0.1006, -0.0064, 0.2144, 0.1051, -0.0082, 0.0174, -0.0293, 0.1604, 0.2485]
    blups += [0.1618, 0.1102, 0.0646, 0.1105, -0.0288, 0.0258, 0.1905, 0.0744, 0.0248]
    assert result.tau2 == pytest.approx(0.0188, abs=5e-5)
    assert result.mean == pytest.approx(0.0837, abs=5e-5)
    assert result.estimates == pytest.approx(blups, abs=1.1e-4)


def test_means_that_differ_by_chance_alone_become_one() -> None:
    result = shrink([7.0, 7.1, 7.2], [1, 1, 1])
    assert result.tau2 == 0
    assert result.mean == pytest.approx(7.1)
    assert result.estimates == pytest.approx([7.1, 7.1, 7.1])


def test_with_equal_variances_it_is_the_method_of_moments() -> None:
    # All weights are equal: REML is the sample variance less the noise (2.5 - 1 = 1.5).
    result = shrink([5, 6, 7, 8, 9], [1, 1, 1, 1, 1])
    assert result.tau2 == pytest.approx(1.5)
    assert result.estimates == pytest.approx([7 + 0.6 * (y - 7) for y in (5, 6, 7, 8, 9)])


@given(MEANS)
def test_every_estimate_lies_between_its_own_mean_and_the_common_one(pairs: list[tuple[int, int]]) -> None:
    means, variances = [m / 10 for m, _ in pairs], [v / 10 for _, v in pairs]
    result = shrink(means, variances)
    assert result.tau2 >= 0
    for own, estimate in zip(means, result.estimates, strict=True):
        low, high = sorted((own, result.mean))
        assert low - 1e-9 <= estimate <= high + 1e-9


@given(MEANS)
def test_no_other_variance_is_more_likely(pairs: list[tuple[int, int]]) -> None:
    means, variances = [m / 10 for m, _ in pairs], [v / 10 for _, v in pairs]

    def likelihood(tau2: float) -> float:
        weights = [1 / (v + tau2) for v in variances]
        mean = sum(w * m for w, m in zip(weights, means, strict=True)) / sum(weights)
        squares = sum(w * (m - mean) ** 2 for w, m in zip(weights, means, strict=True))
        return (sum(map(math.log, weights)) - math.log(sum(weights)) - squares) / 2

    tau2 = shrink(means, variances).tau2
    for factor in (0.9, 1.1):
        assert likelihood(tau2) >= likelihood(tau2 * factor + (factor > 1) * 1e-4) - 1e-9


@pytest.mark.parametrize(
    ("means", "variances", "sentence"),
    [
        ([7], [1], "at least two means"),
        ([7, 8], [1], "2 means but 1 variances"),
        ([7, 8], [1, 0], "above zero"),
        ([7, math.nan], [1, 1], "leave out"),
        ([], [], "empty"),
    ],
)
def test_it_says_what_is_wrong(means: list[float], variances: list[float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        shrink(means, variances)
