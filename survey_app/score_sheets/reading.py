"""Read a snapshot's numbers back: exact, as they were frozen."""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any


def exact(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def number(text: str) -> Fraction:
    return Fraction(text)


def is_mean_of_marks(line: dict[str, Any]) -> bool:
    """Tell whether a survey's mark is the plain mean of the marks: not where each role counts for a fixed share.

    A mixed line does not name the way its survey was averaged, but over roles there is no usual interval, even
    where both ways happen to give the same mark.
    """
    total, mark = exact(line["marks_total"]), exact(line["survey_mark"])
    if line["method"].startswith("role-shares") or total is None or mark is None:
        return False
    is_over_roles = len(line["marks"] or ()) > 1 and line["worst"] is not None and line["usual_low"] is None
    return total == line["n"] * mark and not is_over_roles


def measured_lines(lines: Iterable[dict[str, Any]]) -> frozenset[str]:
    return frozenset(line["key"] for line in lines if line["exact"] is not None)
