"""Turn what a caller gives into numbers that can be trusted, or say what is wrong with it."""

from __future__ import annotations

import math
import numbers
import operator
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import SupportsIndex, TypeAlias, TypeVar

Real: TypeAlias = int | float | Decimal | Fraction
Numbers: TypeAlias = Iterable[Real]
Item = TypeVar("Item")

# A mark is a small fraction; a float this close to one is that fraction plus rounding noise.
LARGEST_DENOMINATOR = 10_000
NOISE = Fraction(1, 10**12)


class Marks(list[Fraction]):
    """Marks that are read and never changed; those that are one object are counted once, without hashing."""

    @cached_property
    def counted(self) -> list[tuple[Fraction, int]]:
        by_identity = dict(zip(map(id, self), self, strict=True))
        return [(by_identity[key], n) for key, n in Counter(map(id, self)).items()]


def exact(value: object, name: str = "value") -> Fraction:
    """Return the fraction that a number stands for.

    A float is read as the decimal it prints (6.6 is 33/5), and as a plain fraction where it is one up to
    rounding noise (8.333333333333334 is 25/3); Decimal, Fraction and int are taken as they are.
    """
    if isinstance(value, Fraction | int):
        return Fraction(value)
    if isinstance(value, Decimal | float):
        _require_finite(value, name)
        return Fraction(value) if isinstance(value, Decimal) else _exact_float(float(value))
    if isinstance(value, numbers.Integral):
        return Fraction(int(value))
    if isinstance(value, numbers.Real):
        return exact(float(value), name)
    raise ValueError(f"{name} holds {value!r}, which is not a number.")


def exact_numbers(values: Numbers, name: str) -> list[Fraction]:
    """Return the values as fractions; refuse none at all, NaN, infinities and tables."""
    listed = _filled(_listed(values, name), name)
    # Marks that are one object, as thousands of equal ones usually are, are read once.
    read = {key: exact(value, name) for key, value in dict(zip(map(id, listed), listed, strict=True)).items()}
    return Marks(read[id(value)] for value in listed)


def float_numbers(values: Numbers, name: str) -> list[float]:
    """Return the values as floats; refuse none at all, NaN, infinities and tables."""
    return _filled([_float(value, name) for value in _listed(values, name)], name)


def scores_on_scale(scores: Numbers, low: Real, high: Real) -> tuple[list[Fraction], Fraction, Fraction]:
    """Return exact scores and scale ends; refuse a score outside the scale."""
    least, greatest = exact(low, "low"), exact(high, "high")
    if least >= greatest:
        raise ValueError(f"low ({low}) must be below high ({high}).")
    marks = exact_numbers(scores, "scores")
    different = [mark for mark, _ in tally(marks)]
    if min(different) < least or max(different) > greatest:
        raise ValueError(f"Every score must lie between {low} and {high}.")
    return marks, least, greatest


def tally(marks: Sequence[Fraction]) -> list[tuple[Fraction, int]]:
    """Return the marks with how often each is there; equal ones may stay apart."""
    return marks.counted if isinstance(marks, Marks) else Marks(marks).counted


def population_size(population: int, n: int) -> int:
    """Return the population as an int; refuse one smaller than the number of answers."""
    size = whole_number(population, "population")
    if size < n:
        raise ValueError(f"population ({size}) cannot be smaller than the number of answers ({n}).")
    return size


def confidence_level(level: float) -> float:
    """Return the level; refuse one outside the open interval from 0 to 1."""
    share = _float(level, "level")
    if not 0 < share < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, not {level!r}: 0.95 means 95 %.")
    return share


def whole_number(value: object, name: str) -> int:
    """Return an int; refuse what is not a whole number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, SupportsIndex):
        return operator.index(value)
    raise ValueError(f"{name} must be a whole number, not {value!r}.")


def successes_among(successes: int, n: int) -> tuple[int, int]:
    """Return both counts; refuse no trial, or more successes than trials."""
    hits, trials = whole_number(successes, "successes"), whole_number(n, "n")
    if trials < 1:
        raise ValueError("n must be at least 1: nobody answered, so there is no proportion.")
    if not 0 <= hits <= trials:
        raise ValueError(f"successes ({hits}) must lie between 0 and n ({trials}).")
    return hits, trials


@lru_cache(maxsize=4096)
def _exact_float(value: float) -> Fraction:
    printed = Fraction(str(value))
    simple = printed.limit_denominator(LARGEST_DENOMINATOR)
    return simple if abs(simple - printed) <= NOISE * max(Fraction(1), abs(printed)) else printed


def _require_finite(value: Decimal | float, name: str) -> None:
    if not math.isfinite(value):
        raise ValueError(f"{name} holds {value}: leave out what was not answered, and give finite numbers.")


def _float(value: object, name: str) -> float:
    if not isinstance(value, numbers.Real | Decimal):
        raise ValueError(f"{name} holds {value!r}, which is not a number.")
    number = float(value)
    _require_finite(number, name)
    return number


def _listed(values: Iterable[Item], name: str) -> list[Item]:
    try:
        return list(values)
    except TypeError:
        raise ValueError(f"{name} must be a list of numbers, not {values!r}.") from None


def _filled(values: list[Item], name: str) -> list[Item]:
    if not values:
        raise ValueError(f"{name} is empty: nothing was answered, so nothing can be calculated.")
    return values
