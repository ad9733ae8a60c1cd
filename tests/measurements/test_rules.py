"""From counts and documents to marks: exact, and never invented."""

from datetime import date
from fractions import Fraction

import pytest

from survey_app.agreements.models import Commitment, Measure
from survey_app.agreements.rules import read_conversion
from survey_app.agreements.vocabulary import Direction, Frequency, Obligor
from survey_app.catalogue.content import load_catalogue
from survey_app.errors import Invalid
from survey_app.measurements.rules import (
    DocumentState,
    LastTest,
    add_months,
    check_count,
    companion_values,
    contractual_mark,
    evidence_mark,
    fact_mark,
    line_value,
    mean_counts,
    parse_period,
    period_at,
    periods_between,
)

TODAY = date(2026, 6, 30)


def line_of(key: str, measure: Measure | None = None) -> Commitment:
    indicator = load_catalogue()[key]
    return Commitment(
        indicator_key=key,
        definition=indicator.snapshot(),
        measure=measure or Measure(indicator.measure),
        obligor=Obligor(indicator.obligor),
        direction=Direction(indicator.direction),
        conversion=[list(point) for point in indicator.conversion] or None,
        parameters={},
    )


def fractions(**counts: int | str) -> dict[str, Fraction]:
    return {key: Fraction(value) for key, value in counts.items()}


def test_a_fact_becomes_a_mark_by_the_table_of_the_method() -> None:
    table = read_conversion([["95", "0"], ["98", "7"], ["99", "10"]], Direction.UP)
    marks = [table.mark(Fraction(fact)) for fact in (94, 95, 96, 98, 99, 100)]
    assert marks == [0, 0, Fraction(7, 3), 7, 10, 10]
    assert table.mark(Fraction("98.5")) == Fraction("8.5")


def test_a_mark_keeps_its_exact_fraction() -> None:
    late = line_of("time_delivery")
    assert line_value(late, fractions(deliveries_on_time=23, deliveries_due=24)) == Fraction(575, 6)
    assert fact_mark(late, fractions(deliveries_on_time=23, deliveries_due=25)) == 7
    assert (fact_mark(late, fractions(deliveries_on_time=2299, deliveries_due=2500)) or 0) < 7


@pytest.mark.parametrize("key", ["time_delivery", "finance_payment_timeliness", "quality_deliverable_conformity"])
def test_a_zero_denominator_is_not_measurable(key: str) -> None:
    line = line_of(key)
    assert fact_mark(line, {count["key"]: Fraction(0) for count in line.definition["counts"]}) is None


def test_counts_that_were_never_taken_are_not_measurable() -> None:
    assert fact_mark(line_of("time_delivery"), fractions(deliveries_on_time=3)) is None


def test_periods_are_averaged_by_their_counts_and_never_by_their_ratios() -> None:
    first, second = (
        fractions(deliveries_on_time=1, deliveries_due=1),
        fractions(deliveries_on_time=0, deliveries_due=9),
    )
    assert line_value(line_of("time_delivery"), mean_counts([first, second])) == 10


def test_a_count_missing_from_one_period_speaks_for_none() -> None:
    assert mean_counts([fractions(a=1, b=2), fractions(a=3)]) == {"a": 2}


def test_a_companion_stands_beside_the_mark() -> None:
    tools = line_of("service_tool_availability")
    counts = fractions(downtime_hours=6, agreed_service_hours=600, incidents_restored=3, incidents=4)
    assert fact_mark(tools, counts) == 10
    assert [ratio for _, ratio in companion_values(tools, counts)] == [75]
    survey = line_of("quality_revision_rounds")
    assert companion_values(survey, fractions(deliverables_within_rounds=9, deliverables=10))[0][1] == 90
    assert fact_mark(survey, counts) is None


FILED = DocumentState(date(2026, 1, 15), date(2027, 1, 15), None)


@pytest.mark.parametrize(
    ("document", "mark"),
    [
        (None, None),
        (FILED, 10),
        (DocumentState(date(2026, 1, 15), date(2026, 6, 29), None), 0),
        (DocumentState(date(2026, 1, 15), date(2026, 6, 30), None), 10),
        (DocumentState(date(2025, 6, 29), None, None), 5),
        (DocumentState(date(2025, 6, 30), None, None), 10),
    ],
)
def test_a_document_is_in_order_incomplete_or_expired(document: DocumentState | None, mark: int | None) -> None:
    assert evidence_mark(line_of("security_data_protection"), None, document, TODAY) == mark


@pytest.mark.parametrize(
    ("test", "mark"),
    [
        (None, 5),
        (LastTest(date(2026, 5, 1), True, Fraction(24)), 10),
        (LastTest(date(2026, 5, 1), True, Fraction(25)), 5),
        (LastTest(date(2026, 5, 1), True, None), 5),
        (LastTest(date(2026, 5, 1), False, Fraction(2)), 5),
        (LastTest(date(2025, 6, 29), True, Fraction(2)), 5),
    ],
)
def test_a_backup_is_proved_by_a_restore_test_within_its_limit(test: LastTest | None, mark: int) -> None:
    document = DocumentState(date(2026, 1, 15), None, test)
    assert evidence_mark(line_of("security_backup"), Fraction(24), document, TODAY) == mark


@pytest.mark.parametrize(("approved", "extra", "mark"), [(9, 10, 7), (10, 10, 10), (0, 0, 10), (None, None, None)])
def test_a_clause_and_its_ratio_give_the_lower_of_the_two(
    approved: int | None, extra: int | None, mark: int | None
) -> None:
    counts = {} if approved is None else fractions(extra_costs_approved=approved, extra_costs=extra or 0)
    assert contractual_mark(line_of("finance_additional_quotes"), None, FILED, counts, TODAY) == mark


@pytest.mark.parametrize("text", ["-1", "douze", "1e3", "1/2", "NaN", "9999999999999999"])
def test_a_count_that_is_none_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_count("steps", text)
    assert refusal.value.field == "count_steps"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("2026-s2", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026-Q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2028-02", date(2028, 2, 1), date(2028, 2, 29)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_read_from_its_name(text: str, start: date, end: date) -> None:
    period = parse_period(text)
    assert (period.starts_on, period.ends_on) == (start, end)


@pytest.mark.parametrize("text", ["", "2026-H3", "2026-13", "26", "H1", "2026-Q5", "2026-H1x"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_period(text)


def test_the_periods_of_an_agreement_follow_its_rhythms() -> None:
    found = periods_between(date(2026, 2, 1), date(2026, 7, 15), {Frequency.QUARTERLY, Frequency.HALF_YEARLY})
    assert [period.key for period in found] == ["2026-Q1", "2026-H1", "2026-Q2", "2026-Q3", "2026-H2"]
    assert period_at(date(2026, 9, 3), Frequency.MONTHLY).key == "2026-09"


def test_months_are_added_to_the_end_of_a_shorter_one() -> None:
    assert add_months(date(2027, 8, 31), 6) == date(2028, 2, 29)
    assert add_months(date(2026, 1, 15), 12) == date(2027, 1, 15)


@pytest.mark.parametrize(
    ("key", "french", "english"),
    [
        ("2026", "2026", "2026"),
        ("2026-H2", "2e\u00a0semestre 2026", "2nd\u00a0half of 2026"),
        ("2026-Q1", "1er\u00a0trimestre 2026", "1st\u00a0quarter of 2026"),
        ("2026-08", "Août 2026", "August 2026"),
    ],
)
def test_a_period_is_called_as_people_call_it(key: str, french: str, english: str) -> None:
    period = parse_period(key)
    assert (period.name("fr"), period.name("en")) == (french, english)
