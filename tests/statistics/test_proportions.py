"""Proportions, against Newcombe's tables, R and exact tables for small populations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from survey_app.statistics import finite_proportion_interval, proportion_difference, proportion_interval


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3 (score, no continuity
        # correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_matches_newcombes_table(successes: int, n: int, low: float, high: float) -> None:
    interval = proportion_interval(successes, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5.1e-5)
    assert (interval.n, interval.method, interval.population) == (n, "wilson", None)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe, the same table, method 5 (Clopper-Pearson).
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0000, 0.1684),
        (1, 29, 0.0009, 0.1776),
        # R, example(binom.test), Mendel's peas: binom.test(682, 682 + 243, p = 3/4)
        # -> 95 percent confidence interval 0.7076683 0.7654066
        (682, 925, 0.7076683, 0.7654066),
    ],
)
def test_clopper_pearson_matches_newcombes_table_and_r(successes: int, n: int, low: float, high: float) -> None:
    interval = proportion_interval(successes, n, "exact")
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5.1e-5)
    assert interval.method == "exact"


@given(st.integers(1, 60), st.data(), st.sampled_from(["wilson", "exact"]), st.sampled_from([0.8, 0.95, 0.99]))
def test_both_methods_agree_with_scipy(n: int, data: st.DataObject, method: str, level: float) -> None:
    successes = data.draw(st.integers(0, n))
    interval = proportion_interval(successes, n, method, level)  # type: ignore[arg-type]
    reference = binomtest(successes, n).proportion_ci(level, method)
    assert (interval.low, interval.high) == pytest.approx((reference.low, reference.high), abs=1e-10)
    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1
    assert interval.low < interval.high


@pytest.mark.parametrize(
    ("groups", "low", "high"),
    [
        # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10 (hybrid score).
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 20), 0.6791, 1.0000),
        ((5, 56, 0, 29), -0.0381, 0.1926),
    ],
)
def test_a_difference_matches_newcombes_table(groups: tuple[int, int, int, int], low: float, high: float) -> None:
    interval = proportion_difference(*groups)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5.1e-5)
    assert interval.estimate == pytest.approx(groups[0] / groups[1] - groups[2] / groups[3])
    assert (interval.n, interval.method) == (groups[1] + groups[3], "newcombe")


@given(st.integers(1, 30), st.integers(1, 30), st.data())
def test_a_difference_turns_its_sign_with_the_groups(n1: int, n2: int, data: st.DataObject) -> None:
    s1, s2 = data.draw(st.integers(0, n1)), data.draw(st.integers(0, n2))
    forth, back = proportion_difference(s1, n1, s2, n2), proportion_difference(s2, n2, s1, n1)
    assert (forth.low, forth.high) == pytest.approx((-back.high, -back.low), abs=1e-12)
    assert -1 - 1e-12 <= forth.low <= forth.estimate <= forth.high <= 1 + 1e-12


def test_a_finite_proportion_matches_samplingbook() -> None:
    interval = finite_proportion_interval(3, 10, 50)
    # R, samplingbook: Sprop(m = 3, n = 10, N = 50) -> proportion estimate 0.3, standard error 0.1366, exact
    # hypergeometric interval: number in population [4, 32]. Sprop names the last number rejected on either
    # side (phyper: 0.0218 at 4 and 0.0176 at 32, both below 0.025); the first ones kept are 5 and 31.
    assert (interval.estimate, interval.method) == (0.3, "hypergeometric")
    assert interval.se == pytest.approx(0.1366, abs=5e-5)
    assert (interval.low * 50 - 1, interval.high * 50 + 1) == (4, 32)


@pytest.mark.parametrize(("n", "infected"), [(45, 5), (25, 10)])
def test_a_sample_without_a_case_rules_out_what_cannon_and_roe_tabulate(n: int, infected: int) -> None:
    # Cannon and Roe, Livestock Disease Surveys (1982), sample sizes for 95 % confidence of finding a case
    # among 100 animals: 45 where 5 % are infected, 25 where 10 % are. One animal fewer, and that many cannot
    # be ruled out.
    assert finite_proportion_interval(0, n, 100, level=0.9).high < infected / 100
    assert finite_proportion_interval(0, n - 1, 100, level=0.9).high == infected / 100


def test_a_vast_population_is_an_infinite_one() -> None:
    finite, infinite = finite_proportion_interval(15, 148, 200_000), proportion_interval(15, 148, "exact")
    assert (finite.low, finite.high) == pytest.approx((infinite.low, infinite.high), abs=1e-4)


def test_a_census_is_a_point_and_one_answer_of_two_is_not() -> None:
    census = finite_proportion_interval(3, 4, 4)
    assert (census.low, census.high, census.se) == (0.75, 0.75, 0.0)
    half = finite_proportion_interval(1, 1, 2)
    assert (half.low, half.high, half.se) == (0.5, 1.0, None)


@given(st.integers(1, 20), st.integers(0, 40), st.data())
def test_a_higher_level_never_narrows_a_finite_proportion(n: int, missing: int, data: st.DataObject) -> None:
    successes = data.draw(st.integers(0, n))
    narrow, wide = (finite_proportion_interval(successes, n, n + missing, level) for level in (0.8, 0.95))
    assert wide.low <= narrow.low <= narrow.high <= wide.high


def test_where_nearly_everybody_answered_a_finite_proportion_may_close() -> None:
    # One success of 20, one person missing, 80 %: the missing one is a success with 2 chances in 21, under
    # 10 %. The population's share is then 1 / 21, beside the 1 / 20 of the answers.
    interval = finite_proportion_interval(1, 20, 21, level=0.8)
    assert (interval.low, interval.high) == (1 / 21, 1 / 21)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (3, 2), (-1, 2), (1.5, 2)])
def test_counts_must_be_possible(successes: int, n: int) -> None:
    with pytest.raises(ValueError, match=r"successes|n must be"):
        proportion_interval(successes, n)
    with pytest.raises(ValueError, match=r"successes|n must be"):
        finite_proportion_interval(successes, n, 10)
    with pytest.raises(ValueError, match=r"successes|n must be"):
        proportion_difference(1, 2, successes, n)


def test_unknown_methods_and_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="'wilson' or 'exact'"):
        proportion_interval(1, 2, "wald")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="strictly between"):
        proportion_difference(1, 2, 1, 2, level=1.0)
    with pytest.raises(ValueError, match="cannot be smaller"):
        finite_proportion_interval(1, 3, 2)
