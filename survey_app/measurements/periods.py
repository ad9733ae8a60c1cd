"""Periods that facts are counted over: a year, a half-year, a quarter, a month."""

import re
from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from survey_app.agreements.vocabulary import Frequency
from survey_app.errors import N_, Invalid
from survey_app.formats import HARD_SPACE, format_month

PATTERN = re.compile(r"(20\d\d)(?:-(?:H([12])|Q([1-4])|(0[1-9]|1[0-2])))?")
PARTS = {"H": {"fr": "semestre", "en": "half"}, "Q": {"fr": "trimestre", "en": "quarter"}}
ORDINALS = {"fr": ("1er", "2e", "3e", "4e"), "en": ("1st", "2nd", "3rd", "4th")}
UNREADABLE = N_(
    "“%(text)s” is not a period. Write a year (2026), a half-year (2026-H1), a quarter (2026-Q3) or a month (2026-09)."
)


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
    found = PATTERN.fullmatch(key)
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
