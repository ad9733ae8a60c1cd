"""The Net Promoter Score and its interval."""

from __future__ import annotations

import math

from survey_app.statistics.checks import Numbers, confidence_level, exact, scores_on_scale
from survey_app.statistics.finite import finite_mean_interval
from survey_app.statistics.quantiles import normal_quantile
from survey_app.statistics.results import Interval

LEAST_PROMOTER = 9
GREATEST_DETRACTOR = 6
# Agresti and Min's extra answers, as Rocks found best for this score: 3, of which 3/4 promote and 3/4
# detract.
EXTRA_ANSWERS = 3.0
EXTRA_EACH = 0.75


def net_promoter_score(ratings: Numbers, population: int | None = None, level: float = 0.9) -> Interval:
    """Return the share of promoters minus the share of detractors, in points from -100 to 100.

    Parameters
    ----------
    ratings : iterable of whole numbers in 0..10, shape (n,)
        9 and 10 promote, 0 to 6 detract, 7 and 8 are passive.
    population : int, optional
        Number of contacts asked. Given, the interval bounds the score of this finite population; left out,
        the score that would be seen again.
    level : float, default 0.9
        Two-sided confidence.

    Returns
    -------
    Interval
        `method` is that of `finite_mean_interval` on the values -1, 0 and 1 (``"polya"``, ``"t"`` above
        300), or ``"adjusted wald"`` without a population. `se` in the same points.

    Raises
    ------
    ValueError
        No rating, a NaN, a rating that is not a whole number from 0 to 10, fewer contacts than ratings, or
        a level outside (0, 1).

    Notes
    -----
    The adjusted Wald interval adds 3 answers, 3/4 promoting and 3/4 detracting; it is cut to -100..100 and
    widened, where few answers all agree, to hold the score itself. It collapses with a finite population
    correction, which is why a population calls for the urn.

    References
    ----------
    B. Rocks, "Interval estimation for the Net Promoter Score", The American Statistician 70 (2016) 365-372.

    Examples
    --------
    >>> net_promoter_score([10, 9, 8, 6], 4).estimate
    25.0
    """
    marks, _, _ = scores_on_scale(ratings, 0, 10)
    if any(mark.denominator != 1 for mark in marks):
        raise ValueError("Every rating must be a whole number from 0 to 10.")
    values = [(mark >= LEAST_PROMOTER) - (mark <= GREATEST_DETRACTOR) for mark in marks]
    if population is None:
        return _adjusted_wald(values.count(1), values.count(-1), len(values), confidence_level(level))
    return _in_points(finite_mean_interval([exact(value) for value in values], population, -1, 1, level))


def _adjusted_wald(promoters: int, detractors: int, n: int, confidence: float) -> Interval:
    score = (promoters - detractors) / n
    total = n + EXTRA_ANSWERS
    centre = (promoters - detractors) / total
    spread = (promoters + detractors + 2 * EXTRA_EACH) / total - centre**2
    error = math.sqrt(spread / total)
    reach = normal_quantile((1 + confidence) / 2) * error
    low, high = max(-1.0, min(centre - reach, score)), min(1.0, max(centre + reach, score))
    return _in_points(Interval(score, low, high, n, "adjusted wald", se=error))


def _in_points(interval: Interval) -> Interval:
    return Interval(
        estimate=100 * interval.estimate,
        low=100 * interval.low,
        high=100 * interval.high,
        n=interval.n,
        method=interval.method,
        se=None if interval.se is None else 100 * interval.se,
        population=interval.population,
    )
