"""Facts and evidence as pages show them, and what was counted for a wave's marks: computed here, not in a template."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion, Commitment, Measure
from survey_app.agreements.vocabulary import Frequency
from survey_app.agreements.wording import shown_term
from survey_app.campaigns.models import Wave
from survey_app.catalogue.rules import parse_formula
from survey_app.formats import format_number, score_digits
from survey_app.measurements.mails import due_on
from survey_app.measurements.models import EvidenceDocument, Measurement
from survey_app.measurements.queries import (
    current_documents,
    current_measurements,
    document_state,
    documents_of_wave,
    evidence_limit,
    facts_of_wave,
    lines_with_facts,
    read_counts,
)
from survey_app.measurements.reading import Gathered
from survey_app.measurements.rules import (
    CountAsked,
    Counts,
    Period,
    companion_values,
    counts_asked,
    evidence_mark,
    fact_mark,
    line_value,
    mean_counts,
    period_at,
    period_name,
    periods_between,
)

PERCENT = {"fr": "\u00a0%", "en": "%"}
IN_PERCENT = frozenset({"percent", "evidence"})


def shown_value(line_unit: str, value: Fraction | None, language: str, digits: int = 2) -> str:
    """Write a fact with its unit; what cannot be measured is a dash, never a zero."""
    if value is None:
        return "–"
    if line_unit == "count" and value.denominator == 1:
        digits = 0
    return format_number(value, digits, language) + (PERCENT[language] if line_unit in IN_PERCENT else "")


def shown_result(line: Commitment, counts: Counts, language: str) -> str:
    """Write what a line's counts come to, with as many decimals as its mark needs: 91,996 % beside 6,999."""
    value, unit = line_value(line, counts), line.definition.get("unit", "")
    mark = fact_mark(line, counts) if line.conversion else None
    digits = 2 if mark is None else score_digits(mark, line.threshold)
    return shown_value(unit if unit != "note_10" else "percent", value, language, digits)


@dataclass(frozen=True)
class FactShown:
    """One line over one period."""

    line: Commitment
    measurement: Measurement | None
    counts: list[tuple[CountAsked, str]]
    formula: str
    value: str
    mark: Fraction | None
    companions: tuple[tuple[str, str], ...]
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
    return FactShown(
        line=line,
        measurement=measurement,
        counts=[(count, shown_count(counts.get(count.key), language)) for count in asked],
        formula=formula_of(line, language),
        value=shown_result(line, counts, language),
        mark=fact_mark(line, counts) if counts else None,
        companions=_companions_shown(line, counts, language),
        is_stale=measurement is not None and value != measurement.value,
    )


def _companions_shown(line: Commitment, counts: Counts, language: str) -> tuple[tuple[str, str], ...]:
    return tuple(
        (each[f"label_{language}"], shown_value("percent", ratio, language))
        for each, ratio in companion_values(line, counts)
        if ratio is not None
    )


@dataclass(frozen=True)
class EntryShown:
    """One line of a table before it is entered: its counts as they were read, and what they come to."""

    line: Commitment
    counts: list[tuple[CountAsked, str]]
    value: str
    day: date


def entry_shown(gathered: Gathered, day: date, language: str) -> EntryShown:
    line = gathered.line
    return EntryShown(
        line=line,
        counts=[
            (count, shown_count(gathered.counts[count.key], language))
            for count in counts_asked(line)
            if count.key in gathered.counts
        ],
        value=shown_result(line, gathered.counts, language),
        day=day,
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
        _evidence_shown(line, documents.get(line.indicator_key), on, language)
        for line in version.commitments
        if line.measure is Measure.CONTRACTUAL
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


@dataclass(frozen=True)
class PeriodFact:
    """One period of a line: the formula with its counts in it, and what it comes to."""

    period: str
    working: str
    value: str


@dataclass(frozen=True)
class FactsOfLine:
    """All that was counted for one line of a wave; `companions` stand beside the mark and never in it."""

    value: str
    periods: tuple[PeriodFact, ...]
    conversion: str
    companions: tuple[tuple[str, str], ...]
    document: EvidenceDocument | None

    @property
    def working(self) -> str:
        """Return the working where one period holds it all."""
        return self.periods[0].working if len(self.periods) == 1 else ""


def facts_of_lines(session: Session, wave: Wave, language: str) -> dict[str, FactsOfLine]:
    """Return the validated facts and documents of each line, as they stood when the wave closed."""
    counted: dict[str, list[Measurement]] = defaultdict(list)
    for row in facts_of_wave(session, wave):
        counted[row.indicator_key].append(row)
    documents = documents_of_wave(session, wave)
    version = wave.agreement_version
    return {
        line.indicator_key: _facts_of_line(
            line, counted[line.indicator_key], documents.get(line.indicator_key), language
        )
        for line in (version.commitments if version else ())
        if counted[line.indicator_key] or (line.measure is Measure.CONTRACTUAL and line.indicator_key in documents)
    }


def _facts_of_line(
    line: Commitment, rows: Sequence[Measurement], document: EvidenceDocument | None, language: str
) -> FactsOfLine:
    counts = mean_counts([read_counts(row) for row in rows])
    return FactsOfLine(
        value=_value_of(line, counts, language),
        periods=tuple(
            PeriodFact(
                period_name(row.period_key, language),
                _working(line, read_counts(row), language),
                _value_of(line, read_counts(row), language),
            )
            for row in rows
        ),
        conversion=shown_term("conversion", line.conversion, {"definition": line.definition}, language)
        if line.conversion
        else "",
        companions=_companions_shown(line, counts, language),
        document=document,
    )


def _value_of(line: Commitment, counts: Counts, language: str) -> str:
    return shown_result(line, counts, language) if _is_complete(line, counts) else ""


def _working(line: Commitment, counts: Counts, language: str) -> str:
    """Write the formula with each count beside its name; the counts alone where they feed companions only."""
    named = {
        count.key: f"{count.label(language)} ({shown_count(counts[count.key], language)})"
        for count in counts_asked(line)
        if count.key in counts
    }
    if not _is_complete(line, counts):
        return ", ".join(named.values())
    return parse_formula(line.definition["expression"]).readable(named)


def _is_complete(line: Commitment, counts: Counts) -> bool:
    required = [count.key for count in counts_asked(line) if count.is_required]
    return bool(required) and all(key in counts for key in required)
