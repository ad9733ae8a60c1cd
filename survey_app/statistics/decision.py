"""Met, not met, or inconclusive."""

from __future__ import annotations

from fractions import Fraction

from survey_app.statistics.checks import (
    Numbers,
    Real,
    confidence_level,
    exact,
    population_size,
    scores_on_scale,
)
from survey_app.statistics.finite import exact_mean, interval_from, mean_limits
from survey_app.statistics.results import Decision, State

SCALE = (0, 10)
LEAST_RESPONSE = Fraction(40, 100)


def decide(scores: Numbers, population: int, threshold: Real, level: float = 0.9) -> Decision:
    """Judge a score out of 10 against its threshold.

    Parameters
    ----------
    scores : iterable of int, float, Decimal or Fraction, shape (n,)
        One score out of 10 a respondent.
    population : int
        Number of contacts asked, respondents included.
    threshold : number
        The acceptable minimum; a score equal to it passes.
    level : float, default 0.9
        Two-sided confidence of the interval; 0.9 lets either claim, met or not met, be made at 95 %.

    Returns
    -------
    Decision
        `state` is ``"met"`` where the lower limit reaches the threshold, ``"not_met"`` where the upper
        limit stays below it, ``"inconclusive"`` otherwise and whenever fewer than 40 % of the contacts
        answered. `is_breach` compares the exact mean of the answers, whatever the uncertainty.

    Raises
    ------
    ValueError
        No score, a NaN, a score off 0..10, fewer contacts than scores, or a level outside (0, 1).

    Notes
    -----
    Every comparison is exact: 6.6, 7.1, 7.1 and 7.2 have the mean 7, given as floats too, and pass a
    threshold of 7 although binary floating point puts them below. When everybody answered there is no
    sampling error, the interval is a point, and the state is always decided. Where nearly everybody did, the
    interval may close a hair beside the mean of the answers; a threshold in between is inconclusive, so that
    no state contradicts the breach. Coverage is that of `finite_mean_interval`.

    References
    ----------
    JCGM 106:2012, *Evaluation of measurement data - The role of measurement uncertainty in conformity
    assessment*, section 8.3: a tolerance limit is met where the whole interval lies on its side.

    Examples
    --------
    >>> decide([9, 9, 10], 5, 7).state
    'inconclusive'
    >>> decide([6.6, 7.1, 7.1, 7.2], 4, 7).is_breach
    False
    """
    marks, low, high = scores_on_scale(scores, *SCALE)
    size, goal = population_size(population, len(marks)), exact(threshold, "threshold")
    limits = mean_limits(marks, size, low, high, confidence_level(level))
    is_breach = exact_mean(marks) < goal
    is_answered = Fraction(len(marks), size) >= LEAST_RESPONSE
    state = _state(limits, goal, is_breach=is_breach) if is_answered else "inconclusive"
    return Decision(state, is_breach, interval_from(marks, size, limits))


def _state(limits: tuple[Fraction, Fraction], goal: Fraction, *, is_breach: bool) -> State:
    lower, upper = limits
    if lower >= goal and not is_breach:
        return "met"
    return "not_met" if upper < goal and is_breach else "inconclusive"
