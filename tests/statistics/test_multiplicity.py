"""p-values adjusted for their number, against the papers and packages that publish them."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.statistics import adjust_p_values

# Benjamini and Hochberg (1995), section 4.1: fifteen comparisons of two treatments of myocardial infarction.
INFARCTION = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
INFARCTION += [0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000]

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_benjamini_hochberg_matches_its_paper() -> None:
    # The paper rejects four hypotheses at 5 %. scipy.stats.false_discovery_control and R, p.adjust(p, "BH"),
    # give:
    expected = [0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.06385714, 0.06385714, 0.0645, 0.0765]
    expected += [0.486, 0.58118182, 0.714875, 0.75323077, 0.81321429, 1.0]
    adjusted = adjust_p_values(INFARCTION)
    assert adjusted == pytest.approx(expected, abs=5e-9)
    assert (adjusted <= 0.05).sum() == 4


def test_holm_rejects_three_of_the_infarction_comparisons() -> None:
    # The paper: "the Bonferroni procedure ... three hypotheses"; Holm's is never weaker, and 0.0095 * 12 >
    # 0.05.
    assert (adjust_p_values(INFARCTION, "holm") <= 0.05).sum() == 3


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        # pingouin 0.5, example of holm(): pvals = [.50, .003, .32, .054, .0003] -> [0.64 0.012 0.64 0.162
        # 0.0015]
        ("holm", [0.64, 0.012, 0.64, 0.162, 0.0015]),
        # and of fdr(), as R, p.adjust(p, "BH"): [0.5, 0.0075, 0.4, 0.09, 0.0015]
        ("bh", [0.5, 0.0075, 0.4, 0.09, 0.0015]),
    ],
)
def test_the_order_given_is_the_order_returned(method: str, expected: list[float]) -> None:
    assert adjust_p_values([0.50, 0.003, 0.32, 0.054, 0.0003], method) == pytest.approx(expected)  # type: ignore[arg-type]


@given(P_VALUES)
def test_adjusted_values_keep_the_ranking_and_holm_is_the_stricter(p: list[float]) -> None:
    bh, holm = adjust_p_values(p), adjust_p_values(p, "holm")
    order = sorted(range(len(p)), key=p.__getitem__)
    for adjusted in (bh, holm):
        assert all(adjusted[a] <= adjusted[b] for a, b in pairwise(order))
    assert all(
        raw <= mild * (1 + 1e-12) and mild <= strict * (1 + 1e-12) and strict <= 1
        for raw, mild, strict in zip(p, bh, holm, strict=True)
    )


def test_one_p_value_is_left_alone() -> None:
    assert adjust_p_values([0.04]).tolist() == adjust_p_values([0.04], "holm").tolist() == [0.04]


@pytest.mark.parametrize("p", [[], [math.nan, 0.1], [-0.01], [1.01]])
def test_what_is_no_p_value_is_refused(p: list[float]) -> None:
    with pytest.raises(ValueError, match=r"empty|leave out|between 0 and 1"):
        adjust_p_values(p)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="'bh' or 'holm'"):
        adjust_p_values([0.1], "bonferroni")  # type: ignore[arg-type]
