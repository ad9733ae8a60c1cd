"""Control limits, against the NIST handbook."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.statistics import control_limits


def test_it_matches_the_nist_handbook() -> None:
    # NIST/SEMATECH e-Handbook, section 6.3.2.2, flow rates of ten batches: centre 50.81, mean moving range
    # 1.8778, limits 55.8041 and 45.8159 with 3 / 1.128, which is 2.6596 where the usual chart says 2.66.
    limits = control_limits([49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1])
    assert limits.center == pytest.approx(50.81)
    assert limits.high == pytest.approx(55.8041, abs=1e-3)
    assert limits.low == pytest.approx(45.8159, abs=1e-3)
    assert (limits.high - limits.center) / 1.8778 == pytest.approx(2.66, abs=1e-4)


def test_a_constant_series_has_no_width() -> None:
    limits = control_limits([7, 7, 7])
    assert (limits.low, limits.center, limits.high) == (7, 7, 7)


@given(st.lists(st.integers(0, 100), min_size=2, max_size=12))
def test_the_limits_are_symmetric_and_the_same_backwards(tenths: list[int]) -> None:
    forth, back = control_limits(tenths), control_limits(tenths[::-1])
    assert forth.low <= forth.center <= forth.high
    assert forth.high - forth.center == pytest.approx(forth.center - forth.low)
    assert (forth.low, forth.high) == pytest.approx((back.low, back.high))


def test_the_order_of_the_waves_matters() -> None:
    assert control_limits([1, 2, 1, 2]).high > control_limits([1, 1, 2, 2]).high


@pytest.mark.parametrize("values", [[], [7], [7, math.nan]])
def test_too_few_values_are_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match=r"empty|at least two|leave out"):
        control_limits(values)
