"""The pure rules of an agreement: conversion, flags, qualities, steps, differences."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.agreements.content import compare_contents, line_content
from survey_app.agreements.models import Commitment, Measure, Obligor, VersionState
from survey_app.agreements.rules import (
    TRANSITIONS,
    agreement_steps,
    check_dated_targets,
    check_transition,
    is_crowded,
    lacking_qualities,
    propose_target,
    proposed_year,
    read_conversion,
    sanction_flags,
)
from survey_app.agreements.vocabulary import Direction, Frequency, SanctionFlag
from survey_app.errors import Invalid, Refusal


def line(**terms: Any) -> Commitment:
    usual = {
        "indicator_key": "time_delivery",
        "obligor": Obligor.AGENCY,
        "measure": Measure.SURVEY,
        "direction": Direction.UP,
        "frequency": Frequency.HALF_YEARLY,
        "threshold": Decimal(7),
        "target": None,
        "weight": Decimal(1),
        "is_paying": True,
        "is_internal": False,
        "sanction_acceptance": "",
        "definition": {},
        "objective": "",
        "objective_on": None,
        "accountable": "",
    }
    return Commitment(**{**usual, **terms})


@pytest.mark.parametrize(
    ("rows", "direction", "sentence"),
    [
        ([["0", "0"]], Direction.UP, "two to eight"),
        ([["0", "0"], ["1", "11"]], Direction.UP, "between 0 and 10"),
        ([["0", "5"], ["1", "4"]], Direction.UP, "lower mark"),
        ([["0", "5"], ["1", "6"]], Direction.DOWN, "higher mark"),
        ([["0", "5"], ["0", "6"]], Direction.UP, "same fact"),
        ([["0", "7"], ["1", "7"]], Direction.UP, "same mark"),
        ([["0", "0"], ["1,250", "7"]], Direction.UP, "read in two ways"),
        ([["0", "0"], ["dix", "7"]], Direction.UP, "not a number"),
        ([["0", "0"], ["1", ""]], Direction.UP, "not a number"),
    ],
)
def test_a_table_that_cannot_be_read_says_why(rows: list[list[str]], direction: Direction, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence) as refusal:
        read_conversion(rows, direction)
    assert refusal.value.field == "conversion"


MARKS = st.lists(st.integers(0, 10), min_size=2, max_size=8).filter(lambda marks: len(set(marks)) > 1)


@given(MARKS, st.lists(st.fractions(-50, 150), min_size=2, max_size=20))
def test_a_greater_fact_never_gives_a_lower_mark(marks: list[int], facts: Sequence[Fraction]) -> None:
    table = read_conversion([[str(10 * place), str(mark)] for place, mark in enumerate(sorted(marks))], Direction.UP)
    found = [table.mark(fact) for fact in sorted(facts)]
    assert all(low <= high for low, high in pairwise(found))
    assert all(0 <= mark <= 10 for mark in found)


def flags(**terms: Any) -> set[SanctionFlag]:
    context = {
        "n_respondents": terms.pop("n_respondents", 5),
        "has_baseline": terms.pop("has_baseline", True),
    }
    return set(sanction_flags(line(**terms), **context))


def test_a_fair_paying_line_has_no_flag() -> None:
    assert flags() == set()


def test_a_line_that_pays_nothing_has_no_flag_whatever_it_rests_on() -> None:
    assert flags(is_paying=False, n_respondents=0, has_baseline=False, target=Decimal(10)) == set()


@pytest.mark.parametrize(
    ("terms", "flag"),
    [
        ({"target": Decimal("9.6")}, SanctionFlag.NO_HEADROOM),
        ({"threshold": Decimal("9.501")}, SanctionFlag.NO_HEADROOM),
        ({"obligor": Obligor.BOTH}, SanctionFlag.OTHER_PARTY),
        ({"obligor": Obligor.CLIENT}, SanctionFlag.OTHER_PARTY),
        ({"n_respondents": 2}, SanctionFlag.FEW_RESPONDENTS),
        ({"n_respondents": 2, "measure": Measure.MIXED}, SanctionFlag.FEW_RESPONDENTS),
        ({"has_baseline": False}, SanctionFlag.NO_BASELINE),
    ],
)
def test_each_doubt_about_a_paying_line_is_flagged(terms: dict[str, Any], flag: SanctionFlag) -> None:
    assert flags(**terms) == {flag}


def test_the_edges_of_the_flags() -> None:
    assert flags(target=Decimal("9.5")) == set()
    assert flags(n_respondents=3) == set()
    assert flags(n_respondents=0, measure=Measure.FACTUAL) == set()


def test_a_line_says_which_qualities_it_does_not_show_yet() -> None:
    found = lacking_qualities(line(), n_respondents=2, is_validated=False)
    shown = ("Specific", "Objective", "Attainable", "Validated")
    assert [quality.split()[0].rstrip(":") for quality, _ in found] == list(shown)
    whole = line(objective="Deliver on time.", objective_on=date(2026, 6, 30), target=Decimal(9))
    assert lacking_qualities(whole, n_respondents=3, is_validated=True) == []


YEAR_2026 = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 6, 30), date(2026, 12, 31)])
def test_a_line_that_pays_has_a_target_to_be_reached_inside_the_agreement(day: date) -> None:
    check_dated_targets([line(target=Decimal(8), objective_on=day)], {"time_delivery": "Deliveries"}, *YEAR_2026)


@pytest.mark.parametrize("day", [None, date(2025, 12, 31), date(2027, 1, 1)])
def test_a_target_without_a_day_inside_the_agreement_moves_no_money(day: date | None) -> None:
    undated = line(target=Decimal(8), objective_on=day)
    with pytest.raises(Refusal, match="Deliveries") as refusal:
        check_dated_targets([undated], {"time_delivery": "Deliveries"}, *YEAR_2026)
    assert refusal.value.field == "objective_on"
    undated.is_paying = False
    check_dated_targets([undated], {}, *YEAR_2026)


@pytest.mark.parametrize(
    ("baseline", "threshold", "target"),
    [
        ("6.4", "7", "7"),
        ("7", "7", "8"),
        ("8.5", "7", "9"),
        ("10", "7", "10"),
        ("20/3", "7", "7"),
        ("7.6", "7", "8.4"),
    ],
)
def test_the_next_objective_is_the_threshold_then_a_third_of_the_way(
    baseline: str, threshold: str, target: str
) -> None:
    assert propose_target(Fraction(baseline), Decimal(threshold)) == Decimal(target)


@pytest.mark.parametrize(
    ("today", "year"), [(date(2026, 1, 1), 2026), (date(2026, 9, 30), 2026), (date(2026, 10, 1), 2027)]
)
def test_from_october_on_the_next_calendar_year_is_proposed(today: date, year: int) -> None:
    assert proposed_year(today) == year


@pytest.mark.parametrize("state", list(VersionState))
@pytest.mark.parametrize("to", list(VersionState))
def test_only_declared_moves_are_made(state: VersionState, to: VersionState) -> None:
    if to in TRANSITIONS[state]:
        check_transition(state, to)
    else:
        with pytest.raises(Refusal):
            check_transition(state, to)


def test_the_five_steps_show_where_the_parties_stand() -> None:
    def current(**known: Any) -> str | None:
        steps = agreement_steps(**{"n_lines": 0, "n_dated": 0, "is_validated": False, "has_baseline": False, **known})
        assert len(steps) == 5
        return next((step.key for step in steps if step.is_current), None)

    assert current() == "indicators"
    assert current(n_lines=3, n_dated=2) == "objectives"
    assert current(n_lines=3, n_dated=3) == "validation"
    assert current(n_lines=3, n_dated=3, is_validated=True) == "plans"
    assert current(n_lines=3, n_dated=3, is_validated=True, has_baseline=True) is None


def test_fifteen_lines_are_fine_and_sixteen_are_many() -> None:
    assert not is_crowded(15)
    assert is_crowded(16)


def content(**terms: Any) -> dict[str, Any]:
    return {
        "title": "SLA",
        "starts_on": "2026-01-01",
        "ends_on": "2026-12-31",
        "rounding_digits": 2,
        "bonus_scheme": None,
        "role_shares": None,
        "lines": [],
        **terms,
    }


def written(key: str, **terms: Any) -> dict[str, Any]:
    return {**line_content(line(indicator_key=key)), **terms}


def test_a_difference_names_what_was_added_struck_and_changed() -> None:
    before = content(lines=[written("a"), written("b")])
    after = content(title="SLA 2", lines=[written("b", threshold="8"), written("c")])
    found = compare_contents(before, after)
    assert [each["indicator_key"] for each in found.added] == ["c"]
    assert [each["indicator_key"] for each in found.removed] == ["a"]
    assert [(change.field, change.before, change.after) for change in found.changes] == [
        ("title", "SLA", "SLA 2"),
        ("threshold", "7", "8"),
    ]
    assert compare_contents(before, before).is_empty
