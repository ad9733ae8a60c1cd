"""The mean over roles of fixed shares, against Lohr and R."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.statistics import stratified_mean, usual_mean_interval

# R: sleep, groups 1 and 2.
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

ROLES = st.lists(
    st.tuples(st.lists(st.integers(0, 20), min_size=1, max_size=5), st.integers(0, 4)), min_size=1, max_size=3
)


def marks_with(n: int, mean: float, variance: float) -> list[float]:
    """Return n marks of two values that have this mean and this variance exactly."""
    top = n // 5
    spread = math.sqrt(variance * (n - 1) / n)
    odds = math.sqrt(top / (n - top))
    return [mean - spread * odds] * (n - top) + [mean + spread / odds] * top


def test_it_matches_the_agricultural_census_of_lohr() -> None:
    # Lohr, Sampling: Design and Analysis, example 3.2 (agstrat): per region the counties N and n, the mean
    # and the variance of acres92. Estimated total 909,736,034, standard error 50,417,248, over 3,078
    # counties. Here in units of 200,000 acres, so that the marks fit the scale.
    regions = [
        (220, 21, 97_629.81, 7_647_472_708),
        (1054, 103, 300_504.16, 29_618_183_543),
        (1382, 135, 211_315.04, 53_587_487_856),
        (422, 41, 662_295.51, 396_185_950_266),
    ]
    unit = 200_000
    strata = [
        (marks_with(n, mean / unit, variance / unit**2), size, Fraction(size, 3078))
        for size, n, mean, variance in regions
    ]
    interval = stratified_mean(strata)
    assert interval.estimate * unit * 3078 == pytest.approx(909_736_034, abs=5)
    assert interval.se is not None
    assert interval.se * unit * 3078 == pytest.approx(50_417_248, abs=5)
    assert (interval.n, interval.population, interval.method) == (300, 3078, "approximate t")


def test_its_degrees_of_freedom_are_satterthwaites() -> None:
    # R: t.test(extra ~ group, data = sleep) -> Welch, df = 17.776, 95 percent interval -3.3654832 0.2054832.
    # Two halves of a vast population have half the standard error of that difference and the same degrees of
    # freedom.
    vast = 10**12
    strata = [([hours + 2 for hours in drug], vast, 0.5) for drug in (DRUG_1, DRUG_2)]
    interval = stratified_mean(strata)
    assert interval.high - interval.low == pytest.approx((0.2054832 + 3.3654832) / 2, abs=5e-7)


def test_one_stratum_is_the_usual_interval() -> None:
    interval, usual = stratified_mean([([8, 7, 7, 6], 9, 1)]), usual_mean_interval([8, 7, 7, 6], 9)
    assert (interval.low, interval.high, interval.se) == pytest.approx((usual.low, usual.high, usual.se))


def test_shares_and_not_headcounts_make_the_mean() -> None:
    interval = stratified_mean([([10, 10, 10], 3, Fraction(1, 4)), ([6], 1, Fraction(3, 4))])
    assert (interval.estimate, interval.low, interval.high, interval.se) == (7.0, 7.0, 7.0, 0.0)


def test_a_role_without_spread_gets_its_worst_case() -> None:
    # One answer of two: this role's mean may be 4 to 9; the other is complete.
    interval = stratified_mean([([8], 2, 0.5), ([6, 7], 2, 0.5)])
    assert (interval.low, interval.high, interval.se) == (5.25, 7.75, None)
    # Three equal tens of six: 5 to 10.
    assert stratified_mean([([10, 10, 10], 6, 1)]).low == 5.0


@given(ROLES)
def test_it_stays_inside_the_weighted_worst_case(roles: list[tuple[list[int], int]]) -> None:
    share = Fraction(1, len(roles))
    strata = [([h / 2 for h in halves], len(halves) + missing, share) for halves, missing in roles]
    interval = stratified_mean(strata)
    worst = [(sum(halves) / 2, len(halves) + missing, missing) for halves, missing in roles]
    low = sum(total / size for total, size, _ in worst) / len(roles)
    high = sum((total + 10 * missing) / size for total, size, missing in worst) / len(roles)
    assert low - 1e-12 <= interval.low <= interval.estimate <= interval.high <= high + 1e-12


@pytest.mark.parametrize(
    ("strata", "sentence"),
    [
        ([], "strata is empty"),
        ([([8], 2, 0.5), ([], 3, 0.5)], "Stratum 2: scores is empty"),
        ([([8], 2, 0.5), ([7, 6], 1, 0.5)], "Stratum 2: population"),
        ([([8], 2, 0.5), ([11], 2, 0.5)], "Stratum 2: Every score must lie between 0 and 10"),
        ([([8], 2, 0.5), ([7], 2, 0.4)], "sum to 1; they sum to 0.9"),
        ([([8], 2, 1), ([7], 2, 0)], "Stratum 2: the share must be above zero"),
    ],
)
def test_it_says_what_is_wrong(strata: list[tuple[list[int], int, float]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        stratified_mean(strata)
