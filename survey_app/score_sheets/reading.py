"""Read a snapshot's numbers back: exact, as they were frozen."""

from fractions import Fraction


def exact(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def number(text: str) -> Fraction:
    return Fraction(text)
