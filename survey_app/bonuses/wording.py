"""Say sentences, numbers, dates and sums of money in one language, without a request."""

from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from survey_app.catalogue.vocabulary import SUBJECTS
from survey_app.clock import local_day
from survey_app.formats import (
    format_day,
    format_instant,
    format_money,
    format_number,
    format_percent,
    format_score,
    score_digits,
)
from survey_app.translation import Term, translate

# A sheet writes the same marks again and again.
_number = lru_cache(maxsize=4096)(format_number)
_score = lru_cache(maxsize=4096)(format_score)
_money = lru_cache(maxsize=4096)(format_money)


class Words:
    """Say a sentence, a number, a date or a sum of money in one language."""

    def __init__(self, language: str, digits: int = 2, zone: str = "Europe/Paris", currency: str = "EUR") -> None:
        self.language, self.digits, self.zone, self.currency = language, digits, zone, currency

    def __call__(self, sentence: str | Term, **values: Any) -> str:
        return translate(sentence, self.language, **values)

    def pick(self, both: dict[str, str]) -> str:
        """Choose the language of a text that the snapshot holds in both."""
        return both[self.language]

    def subject(self, key: str, labels: dict[str, str]) -> str:
        """Name a line by its label, a theme or the whole by its word."""
        return labels.get(key) or self(SUBJECTS.get(key, key))

    def score(self, score: Fraction | None, threshold: Fraction | None = None) -> str:
        return _score(score, self.language, threshold, self.digits)

    def mark(self, mark: Fraction) -> str:
        """Write a threshold or a level without idle decimals: 7, 7,5."""
        digits = next((n for n in range(4) if 10**n % mark.denominator == 0), 4)
        return _number(mark, digits, self.language)

    def decimals(self, score: Fraction, threshold: Fraction | None) -> int:
        return score_digits(score, threshold, self.digits)

    def money(self, amount: Fraction) -> str:
        return _money(amount, self.currency, self.language)

    def percent(self, percent: Fraction, digits: int | None = None) -> str:
        """Write a percentage given in hundredths, with one decimal where it has any."""
        shown = digits if digits is not None else 0 if percent.denominator == 1 else 1
        return format_percent(percent / 100, self.language, shown)

    def day(self, iso: str) -> str:
        return format_day(date.fromisoformat(iso), self.language)

    def day_of(self, iso: str) -> str:
        """Write the day of an instant, where the client is."""
        return format_day(local_day(datetime.fromisoformat(iso), self.zone), self.language)

    def instant(self, iso: str) -> str:
        return format_instant(datetime.fromisoformat(iso), self.zone, self.language)
