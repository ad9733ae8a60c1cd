"""Change between waves, against Fisher, Hollander and Wolfe, and StatXact."""

import math
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from survey_app.statistics import paired_change, unpaired_change

# Darwin's maize, in eighths of an inch, crossed minus self-fertilised: Fisher, The Design of Experiments,
# table 3.
DARWIN = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
# R: sleep, extra hours of sleep of the same ten patients with two drugs.
DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
# Permeability of the human chorioamnion at term and at 12-26 weeks: Hollander and Wolfe (1999), table 4.1.
AT_TERM = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
EARLY = [1.15, 0.88, 0.90, 0.74, 1.21]

MARKS = st.lists(st.integers(0, 10), min_size=1, max_size=7)


def test_paired_matches_fishers_count_on_darwins_maize() -> None:
    change = paired_change([0] * 15, DARWIN)
    # Fisher (1935), section 21: 1726 of the 2^15 sign arrangements sum to 314 or more either way, 5.267 %.
    assert change.p_value == 1726 / 32768
    assert change.estimate == change.statistic == pytest.approx(314 / 15)
    assert change.is_testable


def test_paired_matches_the_enumeration_on_the_sleep_data() -> None:
    change = paired_change(DRUG_1, DRUG_2)
    # R: t.test(extra ~ group, data = sleep, paired = TRUE) -> mean difference 1.58. Nine of ten patients
    # slept longer and one the same: only the two extreme sign arrangements of nine reach the sum, 2 / 2^9.
    assert change.estimate == pytest.approx(1.58)
    assert change.p_value == 2 / 2**9


@given(st.lists(st.tuples(st.integers(0, 10), st.integers(0, 10)), min_size=1, max_size=8))
def test_paired_equals_a_plain_enumeration(pairs: list[tuple[int, int]]) -> None:
    differences = [after - before for before, after in pairs]
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product((1, -1), repeat=len(pairs))
    ]
    expected = sum(total >= abs(sum(differences)) for total in sums) / len(sums)
    change = paired_change([b / 3 for b, _ in pairs], [a / 3 for _, a in pairs])
    assert change.p_value == pytest.approx(expected, abs=1e-12)
    assert change.estimate == pytest.approx(sum(differences) / 3 / len(pairs), abs=1e-8)


def test_fewer_than_six_pairs_are_not_testable() -> None:
    five, six = paired_change([5] * 5, [9] * 5), paired_change([5] * 6, [9] * 6)
    assert (five.p_value, five.is_testable) == (0.0625, False)
    assert (six.p_value, six.is_testable) == (0.03125, True)


def test_people_who_did_not_move_cannot_make_a_change_testable() -> None:
    change = paired_change([5] * 20, [9] * 5 + [5] * 15)
    assert (change.p_value, change.is_testable) == (0.0625, False)
    still = paired_change([5] * 9, [5] * 9)
    assert (still.estimate, still.p_value, still.is_testable) == (0.0, 1.0, False)


def test_above_twenty_pairs_the_flips_are_drawn_and_repeatable() -> None:
    before, after = [7] * 24, [8] * 17 + [6] * 7
    change = paired_change(before, after)
    # R: binom.test(17, 24) -> p-value = 0.06391; with differences of one size the sign-flip test is the sign
    # test.
    assert change.p_value == pytest.approx(0.06391, abs=0.004)
    assert change == paired_change(before, after)


def test_unpaired_matches_r_on_the_permeability_data() -> None:
    change = unpaired_change(AT_TERM, EARLY)
    # R: wilcox.test(AT_TERM, EARLY, alternative = "g") -> W = 35, p-value = 0.1272 (Hollander and Wolfe, page
    # 111). R: coin::wilcox_test(pd ~ age, distribution = "exact", conf.int = TRUE) -> p-value = 0.2544,
    # difference in location (12-26 weeks minus at term) -0.305.
    assert change.statistic == 35
    assert change.p_value == pytest.approx(0.2544, abs=5e-5)
    assert change.estimate == pytest.approx(-0.305)
    assert change.is_testable


def test_unpaired_matches_statxact_with_ties() -> None:
    # Blood pressure of 4 treated and 11 controls: StatXact manual, R: exactRankTests, example(dperm). The
    # exact one-sided Wilcoxon p-value is 0.0542; two-sided is twice that.
    treated = [94, 108, 110, 90]
    control = [80, 94, 85, 90, 90, 90, 108, 94, 78, 105, 88]
    change = unpaired_change(treated, control)
    assert change.p_value / 2 == pytest.approx(0.0542, abs=5e-5)
    assert change.statistic == mannwhitneyu(treated, control).statistic


@settings(max_examples=60, deadline=None)
@given(MARKS, MARKS)
def test_unpaired_equals_a_plain_enumeration(before: list[int], after: list[int]) -> None:
    everyone = before + after

    def u_of(chosen: tuple[int, ...]) -> float:
        rest = [everyone[place] for place in range(len(everyone)) if place not in chosen]
        return sum((everyone[a] > b) + (everyone[a] == b) / 2 for a in chosen for b in rest)

    values = [u_of(chosen) for chosen in combinations(range(len(everyone)), len(before))]
    observed = u_of(tuple(range(len(before))))
    tails = (sum(v <= observed for v in values), sum(v >= observed for v in values))
    change = unpaired_change(before, after)
    assert change.statistic == observed
    assert change.p_value == pytest.approx(min(1, 2 * min(tails) / len(values)))
    ends = (values.count(min(values)), values.count(max(values)))
    assert change.is_testable == (2 * min(ends) / len(values) < 0.05)


def test_large_groups_match_the_normal_approximation_of_scipy() -> None:
    # 60 against 50 marks with ties: more comparisons than are enumerated. scipy tests its asymptotic method
    # against R, wilcox.test(x, y, exact = FALSE, correct = TRUE).
    before = [k % 11 for k in range(60)]
    after = [min(10, (k % 11) + (k % 3 == 0)) for k in range(50)]
    change = unpaired_change(before, after)
    reference = mannwhitneyu(before, after, method="asymptotic")
    assert (change.statistic, change.p_value) == pytest.approx((reference.statistic, reference.pvalue))
    assert change.is_testable


def test_groups_too_small_or_all_alike_are_not_testable() -> None:
    assert not unpaired_change([1, 2, 3], [7, 8, 9]).is_testable
    assert unpaired_change([1, 2, 3, 4], [7, 8, 9, 10]).is_testable
    alike = unpaired_change([8] * 60, [8] * 60)
    assert (alike.estimate, alike.p_value, alike.is_testable) == (0.0, 1.0, False)


@given(MARKS, MARKS)
def test_exchanging_the_waves_turns_the_sign(before: list[int], after: list[int]) -> None:
    forth, back = unpaired_change(before, after), unpaired_change(after, before)
    assert forth.estimate == -back.estimate
    assert forth.statistic + back.statistic == len(before) * len(after)
    assert forth.p_value == pytest.approx(back.p_value)


@pytest.mark.parametrize(("before", "after"), [([], [1]), ([1], []), ([math.nan], [1])])
def test_nothing_to_compare_is_refused(before: list[float], after: list[float]) -> None:
    for test in (paired_change, unpaired_change):
        with pytest.raises(ValueError, match=r"empty|leave out"):
            test(before, after)


def test_pairs_must_match() -> None:
    with pytest.raises(ValueError, match="before has 1 marks, after 2"):
        paired_change([1], [1, 2])
