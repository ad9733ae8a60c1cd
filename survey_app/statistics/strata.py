"""The mean over roles whose shares the contract fixes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from survey_app.statistics.checks import (
    Numbers,
    Real,
    confidence_level,
    exact,
    population_size,
    scores_on_scale,
)
from survey_app.statistics.finite import bounds_of_mean, exact_mean, sample_variance
from survey_app.statistics.quantiles import t_quantile
from survey_app.statistics.results import Interval

Stratum: TypeAlias = tuple[Numbers, int, Real]

SHARE_ROUNDING = Fraction(1, 10**9)


@dataclass(frozen=True, slots=True)
class Role:
    """One stratum, every figure already multiplied by its share."""

    n: int
    population: int
    share: Fraction
    mean: Fraction
    worst_low: Fraction
    worst_high: Fraction
    variance: float
    is_unknown: bool

    @property
    def fall(self) -> float:
        """How far this role alone may lie below its mean, where its spread is unknown."""
        return float(self.mean - self.worst_low) if self.is_unknown else 0.0

    @property
    def rise(self) -> float:
        """How far this role alone may lie above its mean, where its spread is unknown."""
        return float(self.worst_high - self.mean) if self.is_unknown else 0.0


def stratified_mean(strata: Iterable[Stratum], level: float = 0.95) -> Interval:
    """Return the mean over strata of fixed shares, with an approximate interval.

    Parameters
    ----------
    strata : iterable of (scores, population, share)
        For each role its scores out of 10 (shape (n_h,), at least one), its number of contacts N_h, and its
        share W_h of the whole; shares sum to 1.
    level : float, default 0.95
        Two-sided confidence.

    Returns
    -------
    Interval
        `estimate` is ``sum W_h mean_h``, `n` and `population` the totals, `method` ``"approximate t"``.
        `se` is None where a role's spread cannot be estimated.

    Raises
    ------
    ValueError
        No stratum, a stratum without an answer (its share would silently go to the others), a score off
        0..10, shares that are not positive or do not sum to 1, fewer contacts than scores, or a level
        outside (0, 1).

    Notes
    -----
    ``se^2 = sum W_h^2 (1 - n_h/N_h) s_h^2 / n_h`` with Satterthwaite's degrees of freedom, cut to the
    weighted worst-case bounds. Approximate: no coverage is proved, least of all for roles of two or three
    answers. A role with missing contacts whose answers show no spread (a single one, or all equal) would
    count as known; it is given its worst-case bounds instead.

    References
    ----------
    W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley 1977, sections 5.3 and 5.4 (equation 5.16).

    Examples
    --------
    >>> interval = stratified_mean([([8, 9, 7], 4, 0.5), ([6, 7], 2, 0.5)])
    >>> interval.estimate, round(interval.se, 4), interval.method
    (7.25, 0.1443, 'approximate t')
    """
    confidence = confidence_level(level)
    roles = [_role(number, *stratum) for number, stratum in enumerate(strata, start=1)]
    _check_shares(roles)
    estimate, reach = float(sum(role.mean for role in roles)), _t_reach(roles, confidence)
    is_unknown = any(role.is_unknown for role in roles)
    return Interval(
        estimate=estimate,
        low=max(float(sum(role.worst_low for role in roles)), estimate - reach - sum(r.fall for r in roles)),
        high=min(float(sum(role.worst_high for role in roles)), estimate + reach + sum(r.rise for r in roles)),
        n=sum(role.n for role in roles),
        method="approximate t",
        se=None if is_unknown else math.sqrt(sum(role.variance for role in roles)),
        population=sum(role.population for role in roles),
    )


def _role(number: int, scores: Numbers, population: int, share: Real) -> Role:
    try:
        marks, low, high = scores_on_scale(scores, 0, 10)
        size, weight = population_size(population, len(marks)), exact(share, "share")
    except ValueError as error:
        raise ValueError(f"Stratum {number}: {error}") from error
    if weight <= 0:
        raise ValueError(f"Stratum {number}: the share must be above zero, not {share!r}.")
    worst_low, worst_high = bounds_of_mean(marks, size, low, high)
    return Role(
        n=len(marks),
        population=size,
        share=weight,
        mean=weight * exact_mean(marks),
        worst_low=weight * worst_low,
        worst_high=weight * worst_high,
        variance=_variance(marks, size) * float(weight) ** 2,
        is_unknown=len(set(marks)) == 1 and len(marks) < size,
    )


def _variance(marks: Sequence[Fraction], size: int) -> float:
    if len(marks) in (1, size):
        return 0.0
    return (1 - len(marks) / size) * sample_variance(marks) / len(marks)


def _check_shares(roles: Sequence[Role]) -> None:
    if not roles:
        raise ValueError("strata is empty: give at least one (scores, population, share).")
    total = sum((role.share for role in roles), Fraction(0))
    if abs(total - 1) > SHARE_ROUNDING:
        raise ValueError(f"The shares must sum to 1; they sum to {float(total):g}.")


def _t_reach(roles: Sequence[Role], confidence: float) -> float:
    total = sum(role.variance for role in roles)
    if total == 0:
        return 0.0
    degrees = total**2 / sum(role.variance**2 / (role.n - 1) for role in roles if role.variance > 0)
    return t_quantile((1 + confidence) / 2, degrees) * math.sqrt(total)
