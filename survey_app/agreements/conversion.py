"""From a fact to a mark out of ten: the agreement's own table, linear between its points."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from survey_app.agreements.vocabulary import Direction
from survey_app.errors import N_, Invalid
from survey_app.tables.rules import read_quantity

MAX_POINTS = 8
MAX_MARK = Fraction(10)
# Where an indicator of the agency's own brings no table, a percentage is read as a tenth of itself.
PERCENT_UP = (("0", "0"), ("70", "7"), ("100", "10"))
PERCENT_DOWN = (("0", "10"), ("30", "7"), ("100", "0"))


@dataclass(frozen=True)
class Conversion:
    """Points in the order of the fact; outside the table the nearest end holds."""

    points: tuple[tuple[Fraction, Fraction], ...]

    def mark(self, fact: Fraction) -> Fraction:
        """Return the exact mark of a fact."""
        for (low, low_mark), (high, high_mark) in pairwise(self.points):
            if fact <= low:
                return low_mark
            if fact <= high:
                return low_mark + (high_mark - low_mark) * (fact - low) / (high - low)
        return self.points[-1][1]


def is_positive_number(text: str) -> bool:
    try:
        return read_quantity(text) > 0
    except Invalid:
        return False


def read_conversion(rows: Sequence[Sequence[str]], direction: Direction) -> Conversion:
    """Read a table, or say what is wrong with it: marks must follow the direction from fact to fact."""
    try:
        points = tuple((read_quantity(fact), read_quantity(mark, is_below_thousand=True)) for fact, mark in rows)
    except Invalid as refusal:
        raise Invalid(refusal.message, field="conversion", **refusal.values) from None
    _check_size(points)
    ordered = tuple(sorted(points))
    for (fact, mark), (next_fact, next_mark) in pairwise(ordered):
        if fact == next_fact:
            raise Invalid(N_("The conversion table gives two marks for the same fact. Keep one."), field="conversion")
        if (mark > next_mark) if direction is Direction.UP else (mark < next_mark):
            raise Invalid(_NOT_MONOTONE[direction], field="conversion")
    return Conversion(ordered)


_NOT_MONOTONE = {
    Direction.UP: N_(
        "In the conversion table a greater fact may never give a lower mark. Correct the marks or the direction."
    ),
    Direction.DOWN: N_(
        "In the conversion table a greater fact may never give a higher mark. Correct the marks or the direction."
    ),
}


def _check_size(points: tuple[tuple[Fraction, Fraction], ...]) -> None:
    if not 2 <= len(points) <= MAX_POINTS:
        raise Invalid(N_("The conversion table needs from two to eight points."), field="conversion")
    if any(not 0 <= mark <= MAX_MARK for _, mark in points):
        raise Invalid(N_("The marks of the conversion table must lie between 0 and 10."), field="conversion")
    if len({mark for _, mark in points}) == 1:
        raise Invalid(
            N_("The conversion table gives the same mark to every fact. Use at least two marks."),
            field="conversion",
        )


def default_points(unit: str, direction: Direction) -> tuple[tuple[str, str], ...]:
    """Return the table to start from where the catalogue has none; only a percentage has one."""
    if unit != "percent":
        return ()
    return PERCENT_UP if direction is Direction.UP else PERCENT_DOWN
