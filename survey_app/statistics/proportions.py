"""Shares of people: proportions, their difference, and the Net Promoter Score."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Literal

from survey_app.statistics.checks import (
    Numbers,
    confidence_level,
    exact,
    population_size,
    scores_on_scale,
    successes_among,
)
from survey_app.statistics.finite import finite_mean_interval
from survey_app.statistics.quantiles import beta_quantile, normal_quantile
from survey_app.statistics.results import Interval
from survey_app.statistics.urn import TIE


def proportion_interval(
    successes: int, n: int, method: Literal["wilson", "exact"] = "wilson", level: float = 0.95
) -> Interval:
    """Return a proportion with its binomial interval.

    Parameters
    ----------
    successes, n : int
        Count of successes among n >= 1 trials.
    method : {"wilson", "exact"}, default "wilson"
        Wilson's score interval without continuity correction, or Clopper and Pearson's.
    level : float, default 0.95
        Two-sided confidence.

    Returns
    -------
    Interval
        In 0..1.

    Raises
    ------
    ValueError
        No trial, successes outside 0..n, an unknown method, or a level outside (0, 1).

    Notes
    -----
    Wilson covers close to nominal on average and may dip below it; Clopper-Pearson never covers less than
    nominal and is wider. Both reach exactly 0 at no success and 1 at no failure, and neither is ever a
    point.

    References
    ----------
    R. G. Newcombe, "Two-sided confidence intervals for the single proportion: comparison of seven methods",
    Statistics in Medicine 17 (1998) 857-872, methods 3 and 5.

    Examples
    --------
    >>> interval = proportion_interval(81, 263)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.2553, 0.3662)
    """
    hits, trials = successes_among(successes, n)
    confidence = confidence_level(level)
    if method == "wilson":
        low, high = wilson_limits(hits, trials, confidence)
    elif method == "exact":
        low, high = _clopper_pearson_limits(hits, trials, (1 - confidence) / 2)
    else:
        raise ValueError(f"method must be 'wilson' or 'exact', not {method!r}.")
    share = hits / trials
    return Interval(share, low, high, trials, method, se=math.sqrt(share * (1 - share) / trials))


def finite_proportion_interval(successes: int, n: int, population: int, level: float = 0.95) -> Interval:
    """Return a proportion of a finite population with the exact hypergeometric interval.

    Parameters
    ----------
    successes, n, population : int
        Successes among the n >= 1 who answered, of a population of N >= n.
    level : float, default 0.95
        Two-sided confidence.

    Returns
    -------
    Interval
        In 0..1, `method` ``"hypergeometric"``; limits are whole numbers of people divided by N.

    Raises
    ------
    ValueError
        No answer, successes outside 0..n, fewer people than answers, or a level outside (0, 1).

    Notes
    -----
    The limits are the least and the greatest number of successes in the population that neither one-sided
    hypergeometric test rejects (p below (1 - level) / 2); coverage is never below nominal. It equals
    `finite_mean_interval` on scores of 0 and 1, at any size of population. A point when everybody answered;
    where nearly everybody did it may be a point too, a hair beside the share among the answers.

    References
    ----------
    J. P. Buonaccorsi, "A note on confidence intervals for proportions in finite populations", The American
    Statistician 41 (1987) 215-218.

    Examples
    --------
    >>> interval = finite_proportion_interval(3, 10, 50)
    >>> interval.low, interval.high
    (0.1, 0.62)
    """
    hits, trials = successes_among(successes, n)
    size = population_size(population, trials)
    tail = (1 - confidence_level(level)) / 2
    low = hits + _missing_successes(hits, trials, size - trials, tail)
    high = size - (trials - hits) - _missing_successes(trials - hits, trials, size - trials, tail)
    return Interval(
        estimate=hits / trials,
        low=low / size,
        high=high / size,
        n=trials,
        method="hypergeometric",
        se=_finite_error(hits / trials, trials, size),
        population=size,
    )


def proportion_difference(s1: int, n1: int, s2: int, n2: int, level: float = 0.95) -> Interval:
    """Return the difference of two independent proportions with Newcombe's hybrid score interval.

    Parameters
    ----------
    s1, n1, s2, n2 : int
        Successes and trials of each group.
    level : float, default 0.95
        Two-sided confidence.

    Returns
    -------
    Interval
        First minus second, in -1..1; `n` is n1 + n2.

    Raises
    ------
    ValueError
        A group without a trial, successes outside 0..n, or a level outside (0, 1).

    Notes
    -----
    Built from the two Wilson intervals without continuity correction; mean coverage is close to nominal,
    minimum coverage a little below; never outside -1..1 and never a point.

    References
    ----------
    R. G. Newcombe, "Interval estimation for the difference between independent proportions: comparison of
    eleven methods", Statistics in Medicine 17 (1998) 873-890, method 10.

    Examples
    --------
    >>> interval = proportion_difference(56, 70, 48, 80)
    >>> round(interval.low, 4), round(interval.high, 4)
    (0.0524, 0.3339)
    """
    (hits1, trials1), (hits2, trials2) = successes_among(s1, n1), successes_among(s2, n2)
    confidence = confidence_level(level)
    share1, share2 = hits1 / trials1, hits2 / trials2
    low1, high1 = wilson_limits(hits1, trials1, confidence)
    low2, high2 = wilson_limits(hits2, trials2, confidence)
    difference = share1 - share2
    return Interval(
        estimate=difference,
        low=difference - math.hypot(share1 - low1, high2 - share2),
        high=difference + math.hypot(high1 - share1, share2 - low2),
        n=trials1 + trials2,
        method="newcombe",
        se=math.sqrt(share1 * (1 - share1) / trials1 + share2 * (1 - share2) / trials2),
    )


def wilson_limits(hits: int, trials: int, confidence: float) -> tuple[float, float]:
    """Return Wilson's score limits, exactly 0 and 1 at the ends."""
    z = normal_quantile((1 + confidence) / 2)
    centre = hits + z * z / 2
    reach = z * math.sqrt(hits * (trials - hits) / trials + z * z / 4)
    low = (centre - reach) / (trials + z * z) if hits else 0.0
    high = (centre + reach) / (trials + z * z) if hits < trials else 1.0
    return low, high


def _clopper_pearson_limits(hits: int, trials: int, tail: float) -> tuple[float, float]:
    low = beta_quantile(tail, hits, trials - hits + 1) if hits else 0.0
    high = beta_quantile(1 - tail, hits + 1, trials - hits) if hits < trials else 1.0
    return low, high


def _missing_successes(hits: int, trials: int, missing: int, tail: float) -> int:
    """Return the fewest successes among the missing that the data do not reject.

    Counts, in whole numbers, the compositions in which t of the missing draws fall on the `hits` balls and
    the rest on the `trials - hits + 1` others: the one-sided hypergeometric p-value in another guise.
    """
    if hits == 0:
        return 0
    failures = trials - hits
    ways = math.comb(failures + missing, missing)
    needed = math.comb(trials + missing, missing) * int(tail * (1 - TIE) * 10**18)
    running, found = ways, 0
    while running * 10**18 < needed:
        ways = ways * (hits + found) * (missing - found) // ((found + 1) * (failures + missing - found))
        running += ways
        found += 1
    return found


def _finite_error(share: float, trials: int, size: int) -> float | None:
    if trials == size:
        return 0.0
    if trials == 1:
        return None
    return math.sqrt(share * (1 - share) / (trials - 1) * (1 - trials / size))


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
    return replace(
        interval,
        estimate=100 * interval.estimate,
        low=100 * interval.low,
        high=100 * interval.high,
        se=None if interval.se is None else 100 * interval.se,
    )
