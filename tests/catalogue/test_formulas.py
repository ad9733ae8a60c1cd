"""Formulas of counts: plain arithmetic, exact, and nothing else."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.catalogue.content import load_catalogue
from survey_app.catalogue.rules import parse_formula
from survey_app.errors import Invalid


def test_it_evaluates_exactly() -> None:
    third = parse_formula("100 * a / b").evaluate({"a": Fraction(1), "b": Fraction(3)})
    assert third == Fraction(100, 3)
    assert parse_formula("0.1 + 0.2").evaluate({}) == Fraction(3, 10)


def test_a_zero_denominator_or_a_missing_count_has_no_value() -> None:
    formula = parse_formula("100 * (1 - a / b)")
    assert formula.evaluate({"a": Fraction(1), "b": Fraction(0)}) is None
    assert formula.evaluate({"a": Fraction(1)}) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a +",
        "__import__('os')",
        "a ** b",
        "a if b else c",
        "a[0]",
        "a.b",
        "lambda: a",
        "'text'",
        "a // b",
        "-a",
        "True",
        "1j",
        "f(a)",
        "a; b",
        "(" * 60 + "a" + ")" * 60 + "+",
        "a+" * 300 + "a",
        "a" * 501,
    ],
)
def test_what_is_not_plain_arithmetic_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        parse_formula(text)
    assert refusal.value.field == "expression"


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_formula(text)
    except Invalid:
        return


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a / (b * c)", "a ÷ (b × c)"),
        ("a / b * c", "a ÷ b × c"),
        ("a - (b + c)", "a − (b + c)"),
        ("100 * (1 - a / b)", "100 × (1 − a ÷ b)"),
        ("a * (b / c)", "a × (b ÷ c)"),
        ("(a - b) - c", "a − b − c"),
    ],
)
def test_it_writes_the_brackets_that_it_needs(text: str, written: str) -> None:
    assert parse_formula(text).readable({}) == written


def test_every_formula_of_the_catalogue_uses_exactly_its_counts() -> None:
    for indicator in load_catalogue().values():
        if indicator.expression:
            assert set(parse_formula(indicator.expression).names) == {count.key for count in indicator.counts}
        for companion in indicator.companions:
            assert set(parse_formula(companion.expression).names) == {count.key for count in companion.counts}


def test_every_indicator_says_its_purpose_in_both_languages() -> None:
    for indicator in load_catalogue().values():
        assert indicator.purpose_fr.endswith(".")
        assert indicator.purpose_en.endswith(".")
        assert all(count.label_fr and count.label_en for count in indicator.counts)
