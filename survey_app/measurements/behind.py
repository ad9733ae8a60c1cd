"""The facts behind a wave's marks: what was counted, the formula with its figures, the agreement's own table."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.agreements.models import Commitment, Measure
from survey_app.agreements.wording import shown_term
from survey_app.campaigns.models import Wave
from survey_app.catalogue.formulas import parse_formula
from survey_app.measurements.models import EvidenceDocument, Measurement
from survey_app.measurements.periods import period_name
from survey_app.measurements.queries import documents_of_wave, facts_of_wave, read_counts
from survey_app.measurements.rules import companion_values, counts_asked, line_value, mean_counts
from survey_app.measurements.shown import shown_count, shown_value

Counts = Mapping[str, Fraction]


@dataclass(frozen=True)
class PeriodFact:
    """One period of a line: the formula with its counts in it, and what it comes to."""

    period: str
    working: str
    value: str


@dataclass(frozen=True)
class FactsBehind:
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


def facts_behind(session: Session, wave: Wave, language: str) -> dict[str, FactsBehind]:
    """Return the validated facts and documents of each line, as they stood when the wave closed."""
    counted: dict[str, list[Measurement]] = defaultdict(list)
    for row in facts_of_wave(session, wave):
        counted[row.indicator_key].append(row)
    documents = documents_of_wave(session, wave)
    version = wave.agreement_version
    return {
        line.indicator_key: _behind(line, counted[line.indicator_key], documents.get(line.indicator_key), language)
        for line in (version.commitments if version else ())
        if counted[line.indicator_key] or (line.measure is Measure.CONTRACTUAL and line.indicator_key in documents)
    }


def _behind(
    line: Commitment, rows: Sequence[Measurement], document: EvidenceDocument | None, language: str
) -> FactsBehind:
    counts = mean_counts([read_counts(row) for row in rows])
    return FactsBehind(
        value=_value(line, counts, language) if _is_complete(line, counts) else "",
        periods=tuple(
            PeriodFact(
                period_name(row.period_key, language),
                _working(line, read_counts(row), language),
                _value_of(line, row, language),
            )
            for row in rows
        ),
        conversion=shown_term("conversion", line.conversion, {"definition": line.definition}, language)
        if line.conversion
        else "",
        companions=tuple(
            (each[f"label_{language}"], shown_value("percent", ratio, language))
            for each, ratio in companion_values(line, counts)
            if ratio is not None
        ),
        document=document,
    )


def _value_of(line: Commitment, row: Measurement, language: str) -> str:
    counts = read_counts(row)
    return _value(line, counts, language) if _is_complete(line, counts) else ""


def _value(line: Commitment, counts: Counts, language: str) -> str:
    unit = str(line.definition.get("unit", ""))
    return shown_value("percent" if unit == "note_10" else unit, line_value(line, counts), language)


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
