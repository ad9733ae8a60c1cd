"""From counts and documents to marks, exact and "not measurable" rather than invented; and the periods they are of."""

import re
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from survey_app.agreements.rules import Line, read_conversion, rests_on_counts
from survey_app.agreements.vocabulary import Frequency, Measure
from survey_app.catalogue.rules import parse_formula
from survey_app.errors import N_, Invalid
from survey_app.formats import HARD_SPACE, format_month
from survey_app.tables.rules import read_quantity, spell_number

Counts = Mapping[str, Fraction]
PERIOD = re.compile(r"(20\d\d)(?:-(?:H([12])|Q([1-4])|(0[1-9]|1[0-2])))?")
PARTS = {"H": {"fr": "semestre", "en": "half"}, "Q": {"fr": "trimestre", "en": "quarter"}}
ORDINALS = {"fr": ("1er", "2e", "3e", "4e"), "en": ("1st", "2nd", "3rd", "4th")}
UNREADABLE = N_(
    "“%(text)s” is not a period. Write a year (2026), a half-year (2026-H1), a quarter (2026-Q3) or a month (2026-09)."
)
MAX_COUNT = Fraction(10**12)
# What is weighed, timed or paid, and so need not be whole.
MEASURED = re.compile(
    r"€|euro|\bheures\b|\bhours\b|tonne|\bjours\b|\bdays?\b|dépense|spend|revenue|montant|amount|co[uû]t|gain|\bk[gm]"
)
# A share of a whole, or what is left of it.
PART_OF_WHOLE = re.compile(
    r"100\*\(?(?P<part>\w+)/(?P<whole>\w+)\)?|\(?(?P<part2>\w+)/(?P<whole2>\w+)\)?\*100"
    r"|100\*\(1-(?P<part3>\w+)/(?P<whole3>\w+)\)"
)
LARGER_THAN_ITS_WHOLE = N_(
    "“%(part)s” (%(n)s) is more than “%(whole)s” (%(total)s), of which it is a part. Correct one of them."
)
# The mark of a contractual line, as the agreement states it.
IN_ORDER, INCOMPLETE, NOT_IN_FORCE = Fraction(10), Fraction(5), Fraction(0)


@dataclass(frozen=True)
class CountAsked:
    """A count that a line needs or may add, with its names."""

    key: str
    label_fr: str
    label_en: str
    is_required: bool

    def label(self, language: str) -> str:
        return self.label_fr if language == "fr" else self.label_en

    def in_language(self, language: str) -> str:
        return self.label(language)

    def __str__(self) -> str:
        return self.label_en

    @property
    def is_whole(self) -> bool:
        """Tell what is counted one by one from an amount, a weight or a time."""
        return MEASURED.search(f"{self.label_fr} {self.label_en}".lower()) is None


def counts_asked(line: Line) -> list[CountAsked]:
    """Return the counts of a line: those of its formula first, then those of its companions."""
    definition = line.definition
    required = definition.get("counts", []) if rests_on_counts(line) else []
    optional = [count for each in definition.get("companions", []) for count in each["counts"]]
    optional += definition.get("annexes", [])
    rows = [(count, True) for count in required] + [(count, False) for count in optional]
    return [CountAsked(row["key"], row["label_fr"], row["label_en"], needed) for row, needed in rows]


def check_count(key: str, text: str) -> Fraction:
    """Read one count, which cannot be negative, at its own field."""
    try:
        number = read_quantity(text)
    except Invalid as refusal:
        raise Invalid(refusal.message, field=f"count_{key}", **refusal.values) from None
    if not 0 <= number <= MAX_COUNT:
        raise Invalid(N_("A count cannot be negative or beyond a thousand billion."), field=f"count_{key}")
    return number


def check_parts(line: Line, counts: Counts) -> None:
    """Refuse a part that is larger than its whole: 52 deliveries on time of 48.

    A line whose conversion table goes beyond 100 expects more than what was promised, and takes it.
    """
    beyond = any(Fraction(fact) > 100 for fact, _mark in line.conversion or ())
    formulas = [each["expression"] for each in line.definition.get("companions", [])]
    if rests_on_counts(line) and not beyond:
        formulas.append(line.definition["expression"])
    asked = {count.key: count for count in counts_asked(line)}
    for formula in formulas:
        found = PART_OF_WHOLE.fullmatch(formula.replace(" ", ""))
        names = [name for name in (found.groups() if found else ()) if name]
        if len(names) != 2 or not {*names} <= {*counts}:
            continue
        part, whole = names
        if counts[part] > counts[whole]:
            raise Invalid(
                LARGER_THAN_ITS_WHOLE,
                field=f"count_{part}",
                part=asked[part],
                n=spell_number(counts[part]),
                whole=asked[whole],
                total=spell_number(counts[whole]),
            )


def line_value(line: Line, counts: Counts) -> Fraction | None:
    """Evaluate the line's formula; a zero denominator is not measurable."""
    if not rests_on_counts(line):
        return None
    return parse_formula(line.definition["expression"]).evaluate(counts)


def mean_counts(periods: Sequence[Counts]) -> dict[str, Fraction]:
    """Average counts over periods, so that a ratio is that of the sums and never an average of averages.

    A count that one of the periods lacks is left out: half of a period says nothing of the whole.
    """
    if not periods:
        return {}
    shared = set.intersection(*(set(each) for each in periods))
    return {key: sum((each[key] for each in periods), Fraction(0)) / len(periods) for key in shared}


def fact_mark(line: Line, counts: Counts) -> Fraction | None:
    """Turn the line's fact into a mark out of ten by the agreement's own table."""
    value = line_value(line, counts)
    if value is None:
        return None
    return read_conversion(line.conversion or [], line.direction).mark(value)


def companion_values(line: Line, counts: Counts) -> list[tuple[Mapping[str, Any], Fraction | None]]:
    """Return the ratios that stand beside the mark and never in it."""
    return [
        (each, parse_formula(each["expression"]).evaluate(counts)) for each in line.definition.get("companions", [])
    ]


@dataclass(frozen=True)
class LastTest:
    """The last test of a document."""

    tested_on: date
    is_passed: bool
    measured: Fraction | None


@dataclass(frozen=True)
class DocumentState:
    """A validated document as it stands."""

    reviewed_on: date
    expires_on: date | None
    last_test: LastTest | None


def evidence_mark(line: Line, limit: Fraction | None, document: DocumentState | None, on: date) -> Fraction | None:
    """Mark a document: 10 in order, 5 in force but not in order, 0 expired; nothing filed is not measurable."""
    if document is None:
        return None
    if document.expires_on is not None and document.expires_on < on:
        return NOT_IN_FORCE
    asked = line.definition.get("evidence", {})
    is_reviewed = add_months(document.reviewed_on, int(asked.get("review_months", 12))) >= on
    is_tested = not asked.get("needs_test") or _passed(document.last_test, limit, on)
    return IN_ORDER if is_reviewed and is_tested else INCOMPLETE


def _passed(test: LastTest | None, limit: Fraction | None, on: date) -> bool:
    if test is None or not test.is_passed or add_months(test.tested_on, 12) < on:
        return False
    return limit is None or (test.measured is not None and test.measured <= limit)


def contractual_mark(
    line: Line, limit: Fraction | None, document: DocumentState | None, counts: Counts, on: date
) -> Fraction | None:
    """Mark a contractual line: the lower of what its document and its counts give.

    Counts that were never taken leave the line not measurable; counts of nothing (no extra cost in the period)
    leave the document alone to speak.
    """
    mark = evidence_mark(line, limit, document, on)
    if mark is None or not rests_on_counts(line):
        return mark
    needed = parse_formula(line.definition["expression"]).names
    if any(name not in counts for name in needed):
        return None
    counted = fact_mark(line, counts)
    return mark if counted is None else min(mark, counted)


def mark_of(
    line: Line, limit: Fraction | None, document: DocumentState | None, counts: Counts, on: date
) -> Fraction | None:
    """Return what facts and evidence say of a line, whatever the survey adds."""
    if line.measure is Measure.CONTRACTUAL:
        return contractual_mark(line, limit, document, counts, on)
    return fact_mark(line, counts)


def add_months(day: date, n: int) -> date:
    """Return the same day n months later, or the last one of a shorter month."""
    years, month = divmod(day.month - 1 + n, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


@dataclass(frozen=True)
class Period:
    key: str
    starts_on: date
    ends_on: date

    def name(self, language: str) -> str:
        """Return how people call it: « 2e semestre 2026 », « Avril 2026 »; the key is for files and addresses."""
        return period_name(self.key, language)

    def in_language(self, language: str) -> str:
        return self.name(language)

    def __str__(self) -> str:
        return self.name("en")

    @property
    def middle(self) -> date:
        return self.starts_on + (self.ends_on - self.starts_on) // 2

    def holds(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on

    def nearest(self, day: date) -> date:
        return min(self.ends_on, max(self.starts_on, day))

    def overlaps(self, starts_on: date, ends_on: date) -> bool:
        return self.starts_on <= ends_on and starts_on <= self.ends_on


def period_name(key: str, language: str) -> str:
    year, _, part = key.partition("-")
    if part[:1] in PARTS:
        number = int(part[1:])
        word, joint = PARTS[part[:1]][language], {"fr": " ", "en": " of "}[language]
        return f"{ORDINALS[language][number - 1]}{HARD_SPACE}{word}{joint}{year}"
    if not part:
        return year
    month = format_month(date(int(year), int(part), 1), language)
    return month[:1].upper() + month[1:]


def parse_period(text: str) -> Period:
    """Read a period's key; S1 and T3 are the French ways to write H1 and Q3."""
    key = text.strip().upper().replace("-S", "-H").replace("-T", "-Q")
    found = PERIOD.fullmatch(key)
    if found is None:
        raise Invalid(UNREADABLE, field="period", text=text[:40])
    year, half, quarter, month = (int(part) if part else 0 for part in found.groups())
    if half:
        return _months(key, year, 6 * half - 5, 6)
    if quarter:
        return _months(key, year, 3 * quarter - 2, 3)
    return _months(key, year, month, 1) if month else _months(key, year, 1, 12)


def _months(key: str, year: int, first: int, n: int) -> Period:
    last = first + n - 1
    return Period(key, date(year, first, 1), date(year, last, monthrange(year, last)[1]))


def period_at(day: date, frequency: Frequency) -> Period:
    """Return the period of this rhythm that holds a day."""
    if frequency is Frequency.MONTHLY:
        return parse_period(f"{day:%Y-%m}")
    if frequency is Frequency.QUARTERLY:
        return parse_period(f"{day.year}-Q{(day.month + 2) // 3}")
    if frequency is Frequency.YEARLY:
        return parse_period(str(day.year))
    return parse_period(f"{day.year}-H{1 if day.month <= 6 else 2}")


def periods_between(starts_on: date, ends_on: date, frequencies: Iterable[Frequency]) -> list[Period]:
    """Return every period of these rhythms that touches the dates, in order."""
    found: dict[str, Period] = {}
    for frequency in frequencies:
        period = period_at(starts_on, frequency)
        while period.starts_on <= ends_on and len(found) < 200:
            found[period.key] = period
            period = period_at(period.ends_on + timedelta(days=1), frequency)
    return sorted(found.values(), key=lambda each: (each.ends_on, each.starts_on))
