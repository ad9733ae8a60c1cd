"""Print never contradicts a verdict: rounding is half up, and digits appear where rounding would hide a breach."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.formats import format_score, round_half_up, score_digits

SCORES = st.fractions(0, 10, max_denominator=5000)
THRESHOLDS = st.integers(0, 10_000).map(lambda thousandths: Decimal(thousandths).scaleb(-3))


@pytest.mark.parametrize(
    ("score", "printed"),
    [("7", "7.00"), ("6.999", "6.999"), ("6.9949", "6.99"), ("6.995", "6.995"), ("6.99999", "6.99999")],
)
def test_a_breach_is_printed_as_one(score: str, printed: str) -> None:
    assert format_score(Fraction(score), "en", Decimal(7)) == printed


def test_floating_point_noise_is_no_breach() -> None:
    total = sum(map(Fraction, ("6.6", "7.1", "7.1", "7.2")), Fraction(0))
    assert format_score(total / 4, "fr", Decimal(7)) == "7,00"


@pytest.mark.parametrize(("value", "digits", "rounded"), [("8.25", 1, "8.3"), ("2.5", 0, "3"), ("-2.5", 0, "-3")])
def test_halves_are_rounded_up_as_people_do(value: str, digits: int, rounded: str) -> None:
    assert round_half_up(Fraction(value), digits) == Decimal(rounded)
    assert round_half_up(Decimal(value), digits) == Decimal(rounded)


@given(SCORES, THRESHOLDS, st.integers(0, 3))
def test_what_is_printed_stands_on_the_same_side_of_the_threshold(
    score: Fraction, threshold: Decimal, digits: int
) -> None:
    printed = round_half_up(score, score_digits(score, threshold, digits))
    assert (printed < threshold) == (score < threshold)


@given(SCORES)
def test_without_a_threshold_the_digits_are_those_asked_for(score: Fraction) -> None:
    assert score_digits(score, None, 1) == 1
    assert abs(Fraction(round_half_up(score, 1)) - score) <= Fraction(1, 20)
