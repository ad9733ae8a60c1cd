"""How a score was computed, line by line, from what may be shown to this reader."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from survey_app.statistics import break_even, usual_mean_interval, worst_case_bounds


@dataclass(frozen=True)
class Term:
    """One term of a sum: so many people with this mark; `name` where the mode lets this reader know it."""

    mark: Fraction
    n_people: int = 1
    name: str = ""

    @property
    def total(self) -> Fraction:
        return self.mark * self.n_people


@dataclass(frozen=True)
class SurveySum:
    """The sum behind a survey mean; without terms where single marks stay hidden."""

    n: int
    population: int
    total: Fraction
    mean: Fraction
    terms: tuple[Term, ...]
    usual_low: Fraction | None
    usual_high: Fraction | None
    standard_error: Fraction | None

    @property
    def n_missing(self) -> int:
        return self.population - self.n


@dataclass(frozen=True)
class Outlook:
    """What those who said nothing could still change."""

    worst_low: Fraction
    worst_high: Fraction
    break_even: Fraction | None

    @property
    def verdict(self) -> str:
        """Tell in one word what the missing people would need: a mark, nothing any more, or the impossible."""
        if self.break_even is None:
            return "complete"
        if self.break_even > 10:
            return "out_of_reach"
        return "safe" if self.break_even <= 0 else "needs"


def sum_up(scores: Sequence[Fraction], population: int, named: Sequence[Term], *, shows_marks: bool) -> SurveySum:
    """Return the sum of the respondents' scores, alike marks together unless names stand beside them."""
    total = sum(scores, Fraction(0))
    usual = usual_mean_interval(scores, population) if len(scores) > 1 else None
    counted = tuple(Term(mark, n) for mark, n in sorted(Counter(scores).items(), reverse=True))
    return SurveySum(
        n=len(scores),
        population=population,
        total=total,
        mean=total / len(scores),
        terms=(tuple(named) or counted) if shows_marks else (),
        usual_low=_printable(usual.low) if usual else None,
        usual_high=_printable(usual.high) if usual else None,
        standard_error=_printable(usual.se) if usual else None,
    )


def look_out(scores: Sequence[Fraction], population: int, threshold: Fraction) -> Outlook:
    bounds = worst_case_bounds(scores, population)
    needed = break_even(scores, population, threshold)
    return Outlook(Fraction(str(bounds.low)), Fraction(str(bounds.high)), _printable(needed))


def _printable(value: float | None) -> Fraction | None:
    """Read a calculated float as the decimal it prints, so that it is rounded as a person would."""
    return None if value is None else Fraction(str(value))
