"""How a score was computed, line by line, and what the silent could still change."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from survey_app.scores.models import Score
from survey_app.scores.roles import RoleMarks, role_bounds
from survey_app.scores.rules import LEVEL, SurveyScore, six_decimals
from survey_app.statistics import break_even, finite_proportion_interval, usual_mean_interval, worst_case_bounds


@dataclass(frozen=True)
class Term:
    """One term of a sum: so many people with this mark; name and answers where the mode lets this reader know them."""

    mark: Fraction
    n_people: int = 1
    name: str = ""
    answers: tuple[Fraction, ...] = ()

    @property
    def total(self) -> Fraction:
        return self.mark * self.n_people


@dataclass(frozen=True)
class RoleTerm:
    """One role of a score weighed by roles; without a mean where nobody answered, or where it stays hidden."""

    role: str
    share: Fraction
    n: int
    population: int
    mean: Fraction | None

    @property
    def part(self) -> Fraction | None:
        return None if self.mean is None else self.share * self.mean


@dataclass(frozen=True)
class SurveySum:
    """The sum behind a survey mean; without terms where single marks stay hidden."""

    n: int
    population: int
    total: Fraction
    mean: Fraction
    terms: tuple[Term, ...]
    roles: tuple[RoleTerm, ...] = ()

    @property
    def n_missing(self) -> int:
        return self.population - self.n

    @property
    def shows_answers(self) -> bool:
        """Tell whether somebody's mark is a mean of several answers that may be shown."""
        return any(len(term.answers) > 1 for term in self.terms)

    @property
    def answered_share(self) -> Fraction:
        """Return the part of the score that some role stands for."""
        return sum((role.share for role in self.roles if role.n), Fraction(0))


@dataclass(frozen=True)
class Blend:
    """How the survey's mean becomes the score of its line: its share of a mixed line, and what the facts add."""

    share: Fraction = Fraction(1)
    added: Fraction = Fraction(0)

    def of(self, mean: float | Fraction) -> Decimal:
        """Return the score that this mean of the survey makes, a float read as the decimal it prints."""
        return six_decimals(self.share * Fraction(str(mean)) + self.added)

    def needed(self, score: Fraction) -> Fraction:
        """Return the mean of the survey that makes this score."""
        return (score - self.added) / self.share


@dataclass(frozen=True)
class Outlook:
    """What those who said nothing could still change, and the usual formula beside the interval."""

    worst_low: Decimal
    worst_high: Decimal
    break_even: Decimal | None
    usual_low: Decimal | None
    usual_high: Decimal | None
    standard_error: Decimal | None

    @property
    def verdict(self) -> str:
        """Tell in one word what the missing would need: a mark, nothing any more, the impossible, or no one figure."""
        if self.break_even is None:
            return "none"
        if self.break_even > 10:
            return "out_of_reach"
        return "safe" if self.break_even <= 0 else "needs"


@dataclass(frozen=True)
class Satisfied:
    """How many of those who answered gave the threshold at least, and which share of everybody concerned would."""

    n_people: int
    n: int
    population: int
    low: Fraction
    high: Fraction

    @property
    def share(self) -> Fraction:
        return Fraction(self.n_people, self.n)


def count_satisfied(survey: SurveyScore, threshold: Decimal) -> Satisfied:
    """Count the people who gave the threshold at least; the interval is exact for the people asked."""
    n, n_people = len(survey.scores), sum(score >= Fraction(threshold) for score in survey.scores)
    found = finite_proportion_interval(n_people, n, survey.population, LEVEL)
    return Satisfied(n_people, n, survey.population, Fraction(found.low), Fraction(found.high))


def blend_of(score: Score) -> Blend | None:
    """Return how a recorded line was made of its survey; None where its facts are missing."""
    if score.survey_share is None:
        return Blend()
    if score.fact_mark is None:
        return None
    share = Fraction(score.survey_share)
    return Blend(share, (1 - share) * score.fact_mark)


def sum_up(
    survey: SurveyScore, named: Sequence[Term], *, shows_marks: bool, shown_roles: Collection[str] = ()
) -> SurveySum:
    """Return the sum of the respondents' scores, alike marks together unless names stand beside them."""
    total, n = sum(survey.scores, Fraction(0)), len(survey.scores)
    counted = tuple(Term(mark, n_people) for mark, n_people in sorted(Counter(survey.scores).items(), reverse=True))
    return SurveySum(
        n=n,
        population=survey.population,
        total=total,
        mean=total / n if survey.exact is None else survey.exact,
        terms=(tuple(named) or counted) if shows_marks else (),
        roles=tuple(_role_term(role, shown_roles) for role in survey.roles),
    )


def _role_term(role: RoleMarks, shown: Collection[str]) -> RoleTerm:
    is_shown = bool(role.scores) and role.role in shown
    return RoleTerm(role.role, role.share, len(role.scores), role.population, role.mean if is_shown else None)


def look_out(survey: SurveyScore, threshold: Decimal, blend: Blend, *, shows_marks: bool) -> Outlook:
    """Return the worst case, the break-even and the usual interval, in points of the line's own score.

    The usual formula tells the spread of the marks, and a few whole marks follow from their sum and their spread: it
    stays hidden where they do. Over roles of fixed shares no one mean of the missing decides, and it does not apply.
    """
    if survey.roles:
        low, high = role_bounds(survey.roles)
        return Outlook(blend.of(low), blend.of(high), None, None, None, None)
    scores, population = survey.scores, survey.population
    bounds = worst_case_bounds(scores, population)
    needed = break_even(scores, population, blend.needed(Fraction(threshold)))
    usual = usual_mean_interval(scores, population, LEVEL) if shows_marks and len(scores) > 1 else None
    return Outlook(
        worst_low=blend.of(bounds.low),
        worst_high=blend.of(bounds.high),
        break_even=None if needed is None else six_decimals(Fraction(str(needed))),
        usual_low=blend.of(usual.low) if usual else None,
        usual_high=blend.of(usual.high) if usual else None,
        standard_error=Blend(blend.share).of(usual.se) if usual and usual.se is not None else None,
    )
