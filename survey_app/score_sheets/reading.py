"""Read a snapshot's numbers back: exact, as they were frozen."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any


def exact(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def number(text: str) -> Fraction:
    return Fraction(text)


def is_mean_of_marks(line: dict[str, Any]) -> bool:
    """Tell whether a survey's mark is the plain mean of the marks: not where each role counts for a fixed share."""
    return line["marks_total"] is not None and line["survey_mark"] is not None and not line["is_over_roles"]


def measured_lines(lines: Iterable[dict[str, Any]]) -> frozenset[str]:
    return frozenset(line["key"] for line in lines if line["exact"] is not None)
