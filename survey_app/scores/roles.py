"""Role shares: the agreement fixes how much each role weighs, whoever answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from survey_app.statistics import stratified_mean

LEAST_RESPONSE = Fraction(40, 100)


@dataclass(frozen=True)
class RoleMarks:
    """One role: its share of the score, its contacts, and the scores of those who answered."""

    role: str
    share: Fraction
    scores: tuple[Fraction, ...]
    population: int

    @property
    def mean(self) -> Fraction:
        return sum(self.scores, Fraction(0)) / len(self.scores)


def judge_roles(roles: Sequence[RoleMarks], goal: Fraction, level: float) -> tuple[str, Fraction, Fraction]:
    """Return the state and the approximate interval of a score weighed by roles.

    A role that nobody answered for may stand anywhere on the scale: its whole share widens the interval, so that
    its silence is never lent to the others.
    """
    low, high = role_interval(roles, level)
    answered = [role for role in roles if role.scores]
    shares = sum((role.share for role in answered), Fraction(0))
    is_breach = sum((role.share * role.mean for role in answered), Fraction(0)) < goal * shares
    if not _is_answered(roles):
        return "inconclusive", low, high
    if low >= goal and not is_breach:
        return "met", low, high
    return ("not_met" if high < goal and is_breach else "inconclusive"), low, high


def role_interval(roles: Sequence[RoleMarks], level: float) -> tuple[Fraction, Fraction]:
    """Return the approximate interval, exact where everybody answered."""
    answered = [role for role in roles if role.scores]
    share = sum((role.share for role in answered), Fraction(0))
    if all(len(role.scores) == role.population for role in answered):
        mean = sum((role.share * role.mean for role in answered), Fraction(0)) / share
        low = high = mean
    else:
        strata = [(role.scores, role.population, role.share / share) for role in answered]
        interval = stratified_mean(strata, level)
        low, high = Fraction(interval.low), Fraction(interval.high)
    return share * low, share * high + (1 - share) * 10


def role_bounds(roles: Sequence[RoleMarks]) -> tuple[Fraction, Fraction]:
    """Return the score if all the silent had given 0, and 10; a role that nobody answered for may stand anywhere."""
    answered = [role for role in roles if role.scores]
    unknown = 10 * sum((role.share for role in roles if not role.scores), Fraction(0))
    low = sum((role.share * sum(role.scores) / role.population for role in answered), Fraction(0))
    silent = [role.share * 10 * (role.population - len(role.scores)) / role.population for role in answered]
    return low, low + sum(silent, Fraction(0)) + unknown


def _is_answered(roles: Sequence[RoleMarks]) -> bool:
    n, population = sum(len(role.scores) for role in roles), sum(role.population for role in roles)
    return population > 0 and Fraction(n, population) >= LEAST_RESPONSE
