"""The usual formulas, shown beside the finite-population interval and for levels that would be seen again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from survey_app.statistics.checks import Numbers, confidence_level, exact_numbers, population_size
from survey_app.statistics.finite import exact_mean, standard_error
from survey_app.statistics.quantiles import t_quantile
from survey_app.statistics.results import Interval


def usual_mean_interval(scores: Numbers, population: int | None = None, level: float = 0.95) -> Interval:
    """Return the mean with Student's t interval.

    Parameters
    ----------
    scores : iterable of numbers, shape (n,)
        One score a respondent.
    population : int, optional
        Number of contacts asked; the standard error then carries the finite population correction sqrt(1 -
        n / N).
    level : float, default 0.95
        Two-sided confidence.

    Returns
    -------
    Interval
        `method` is ``"t"``.

    Raises
    ------
    ValueError
        No score, a NaN, fewer contacts than scores, a level outside (0, 1), or one answer that stands for
        several contacts: a single answer has no spread.

    Notes
    -----
    Nominal coverage needs scores that are nearly normal. Marks that gather at the top of the scale are not:
    with a few answers of a small population the coverage of a nominal 95 % was measured as low as 35 %. All
    scores equal give an interval of no width, which claims far too much. Use `finite_mean_interval` to
    decide.

    References
    ----------
    W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley 1977, sections 2.6 and 2.8.

    Examples
    --------
    >>> interval = usual_mean_interval([8, 9, 10, 7, 9], 8)
    >>> round(interval.se, 4), round(interval.low, 4), round(interval.high, 4)
    (0.3122, 7.7331, 9.4669)
    """
    marks = exact_numbers(scores, "scores")
    size = None if population is None else population_size(population, len(marks))
    error = standard_error(marks, size)
    if error is None:
        raise ValueError("One score has no spread: give at least two, or use finite_mean_interval.")
    return t_interval(float(exact_mean(marks)), error, len(marks), len(marks) - 1, level, "t", size)


def weighted_mean(scores: Numbers, weights: Numbers, population: int | None = None, level: float = 0.95) -> Interval:
    """Return the weighted mean with its linearised (sandwich) standard error and a t interval.

    Parameters
    ----------
    scores, weights : iterable of numbers, shape (n,)
        One score and one weight a respondent; weights are not negative and not all zero, in any unit.
    population : int, optional
        Number of contacts asked, for the finite population correction.
    level : float, default 0.95
        Two-sided confidence.

    Returns
    -------
    Interval
        `method` is ``"weighted t"``, with n - 1 degrees of freedom; equal weights give `usual_mean_interval`.

    Raises
    ------
    ValueError
        No score, a NaN, a weight that is negative, lengths that differ, fewer contacts than scores, a level
        outside (0, 1), or one answer that stands for several contacts.

    Notes
    -----
    The weighted mean is a ratio of two sample means; its standard error is that of a ratio estimate,
    ``sqrt((1 - n/N) n/(n-1) sum(w^2 (x - mean)^2)) / sum(w)``, as ``survey::svymean`` computes it.
    Approximate: as with t, nominal coverage asks for a dozen answers or more and weights of the same order.

    References
    ----------
    W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley 1977, section 6.3. D. F. Gatz, L. Smith, "The
    standard error of a weighted mean concentration", Atmospheric Environment 29 (1995) 1185-1193.

    Examples
    --------
    >>> round(weighted_mean([3.7, 3.3, 3.5, 2.8], [5, 5, 4, 1]).estimate, 6)
    3.453333
    """
    marks, shares = exact_numbers(scores, "scores"), exact_numbers(weights, "weights")
    _check_weights(marks, shares)
    size = None if population is None else population_size(population, len(marks))
    mean = sum((share * mark for share, mark in zip(shares, marks, strict=True)), Fraction(0)) / sum(shares)
    error = _ratio_error(marks, shares, mean, size)
    return t_interval(float(mean), error, len(marks), len(marks) - 1, level, "weighted t", size)


def t_interval(
    mean: float, error: float, n: int, degrees: float, level: float, method: str, size: int | None
) -> Interval:
    """Return mean -+ t * error; an error of nought needs no degrees of freedom."""
    confidence = confidence_level(level)
    reach = t_quantile((1 + confidence) / 2, degrees) * error if error > 0 else 0.0
    return Interval(mean, mean - reach, mean + reach, n, method, se=error, population=size)


def _check_weights(marks: Sequence[Fraction], weights: Sequence[Fraction]) -> None:
    if len(marks) != len(weights):
        raise ValueError(f"There are {len(marks)} scores but {len(weights)} weights: give one each.")
    if min(weights) < 0 or max(weights) == 0:
        raise ValueError("Weights must not be negative, and at least one must be above zero.")


def _ratio_error(marks: Sequence[Fraction], weights: Sequence[Fraction], mean: Fraction, size: int | None) -> float:
    n = len(marks)
    if n == size:
        return 0.0
    if n == 1:
        raise ValueError("One score has no spread: give at least two.")
    squares = math.fsum(float(w * (x - mean)) ** 2 for w, x in zip(weights, marks, strict=True))
    correction = 1.0 if size is None else 1 - n / size
    return math.sqrt(correction * n / (n - 1) * squares) / float(sum(weights))
