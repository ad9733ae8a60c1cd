"""Facts and evidence as pages show them: counts, value, mark and state, computed here and not in a template."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion, Commitment
from survey_app.agreements.vocabulary import Frequency
from survey_app.catalogue.rules import parse_formula
from survey_app.formats import format_number
from survey_app.measurements.models import EvidenceDocument, Measurement
from survey_app.measurements.periods import Period, period_at, periods_between
from survey_app.measurements.queries import (
    current_documents,
    current_measurements,
    document_state,
    evidence_limit,
    lines_with_evidence,
    lines_with_facts,
    read_counts,
)
from survey_app.measurements.reminders import due_on
from survey_app.measurements.rules import (
    CountAsked,
    companion_values,
    counts_asked,
    evidence_mark,
    fact_mark,
    line_value,
)

PERCENT = {"fr": "\u00a0%", "en": "%"}
IN_PERCENT = frozenset({"percent", "evidence"})


def shown_value(line_unit: str, value: Fraction | None, language: str) -> str:
    """Write a fact with its unit; what cannot be measured is a dash, never a zero."""
    if value is None:
        return "–"
    digits = 0 if line_unit == "count" and value.denominator == 1 else 2
    return format_number(value, digits, language) + (PERCENT[language] if line_unit in IN_PERCENT else "")


@dataclass(frozen=True)
class FactShown:
    """One line over one period."""

    line: Commitment
    measurement: Measurement | None
    counts: list[tuple[CountAsked, str]]
    formula: str
    value: str
    mark: Fraction | None
    companions: list[tuple[str, str]]
    is_stale: bool

    @property
    def state(self) -> str:
        if self.measurement is None:
            return "missing"
        return "entered" if self.measurement.validated_at is None else "validated"


def fact_shown(line: Commitment, measurement: Measurement | None, language: str) -> FactShown:
    counts = read_counts(measurement) if measurement else {}
    value = line_value(line, counts) if counts else None
    asked = counts_asked(line)
    unit = line.definition.get("unit", "")
    return FactShown(
        line=line,
        measurement=measurement,
        counts=[(count, shown_count(counts.get(count.key), language)) for count in asked],
        formula=formula_of(line, language),
        value=shown_value(unit if unit != "note_10" else "percent", value, language),
        mark=fact_mark(line, counts) if counts else None,
        companions=[
            (each[f"label_{language}"], shown_value("percent", ratio, language))
            for each, ratio in companion_values(line, counts)
            if ratio is not None
        ],
        is_stale=measurement is not None and value != measurement.value,
    )


def formula_of(line: Commitment, language: str) -> str:
    """Write the line's formula in words; empty where only companions are counted."""
    required = {count.key: count.label(language) for count in counts_asked(line) if count.is_required}
    return parse_formula(line.definition["expression"]).readable(required) if required else ""


def shown_count(value: Fraction | None, language: str) -> str:
    """Write a count: whole where it is whole."""
    if value is None:
        return "–"
    return format_number(value, 0 if value.denominator == 1 else 2, language)


def facts_of(session: Session, version: AgreementVersion, period: Period, language: str) -> list[FactShown]:
    rows: Mapping[str, Measurement] = {
        row.indicator_key: row
        for row in current_measurements(session, version.agreement_id)
        if row.period_key == period.key
    }
    return [fact_shown(line, rows.get(line.indicator_key), language) for line in lines_with_facts(version)]


def periods_of(session: Session, version: AgreementVersion) -> list[Period]:
    """Return the periods of the agreement's rhythms, and those for which something was entered."""
    frequencies = {line.frequency for line in lines_with_facts(version)}
    found = {each.key: each for each in periods_between(version.starts_on, version.ends_on, frequencies)}
    for row in current_measurements(session, version.agreement_id):
        found.setdefault(row.period_key, Period(row.period_key, row.starts_on, row.ends_on))
    return sorted(found.values(), key=lambda each: (each.ends_on, each.starts_on))


def period_today(version: AgreementVersion, today: date) -> Period:
    """Return the period that most lines are counted over, at the day or at the agreement's nearest one."""
    lines = lines_with_facts(version) or version.commitments
    frequencies = [line.frequency for line in lines]
    usual = max(frequencies, key=frequencies.count, default=Frequency.HALF_YEARLY)
    return period_at(min(max(today, version.starts_on), version.ends_on), usual)


@dataclass(frozen=True)
class EvidenceShown:
    """One contractual line with its document."""

    line: Commitment
    document: EvidenceDocument | None
    mark: Fraction | None
    due_on: date | None
    limit: Fraction | None
    needs_test: bool
    limit_unit: str

    @property
    def state(self) -> str:
        if self.document is None:
            return "missing"
        return "entered" if self.document.validated_at is None else "validated"


def evidence_of(session: Session, version: AgreementVersion, on: date, language: str) -> list[EvidenceShown]:
    documents = current_documents(session, version.agreement_id)
    return [
        _evidence_shown(line, documents.get(line.indicator_key), on, language) for line in lines_with_evidence(version)
    ]


def _evidence_shown(line: Commitment, document: EvidenceDocument | None, on: date, language: str) -> EvidenceShown:
    asked: Mapping[str, Any] = line.definition.get("evidence", {})
    limit = evidence_limit(line)
    return EvidenceShown(
        line=line,
        document=document,
        mark=evidence_mark(line, limit, document_state(document, on), on),
        due_on=None if document is None else due_on(document, int(asked.get("review_months", 12))),
        limit=limit,
        needs_test=bool(asked.get("needs_test")),
        limit_unit=str(asked.get(f"limit_unit_{language}", "")),
    )
