"""The trend of a score from wave to wave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from survey_app.statistics.checks import Numbers, confidence_level, float_numbers
from survey_app.statistics.quantiles import normal_quantile, two_sided_normal_p
from survey_app.statistics.results import Trend

if TYPE_CHECKING:
    from survey_app.statistics.results import FloatArray

LEAST_WAVES = 3
# Differences of scores that ought to be equal differ by rounding noise; nine decimals bring them together.
DECIMALS = 9


def trend(values: Numbers, times: Numbers | None = None, level: float = 0.95) -> Trend:
    """Return Sen's slope with its interval, and the Mann-Kendall test.

    Parameters
    ----------
    values : iterable of numbers, shape (n,)
        One score a wave, n >= 3, in the order of time.
    times : iterable of numbers, shape (n,), optional
        When the waves were, strictly rising, in any unit; 0, 1, 2, ... if left out.
    level : float, default 0.95
        Two-sided confidence of the slope.

    Returns
    -------
    Trend
        `slope`, `low` and `high` in points per unit of time; `statistic` is Kendall's S (rising pairs minus
        falling pairs), `z` its tie- and continuity-corrected deviate, `p_value` two-sided.

    Raises
    ------
    ValueError
        Fewer than three waves, a NaN, times that do not rise or do not match, or a level outside (0, 1).

    Notes
    -----
    The normal approximation of the test is rough under ten waves, and four waves or fewer can never be
    significant: speak of a trend from five waves on. Waves are taken as independent; a series that drifts
    on its own gives p-values that are too small. With three or four waves the interval is the range of the
    slopes and covers less than asked.

    References
    ----------
    P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", Journal of the American
    Statistical Association 63 (1968) 1379-1389. R. O. Gilbert, *Statistical Methods for Environmental
    Pollution Monitoring*, Van Nostrand Reinhold 1987, chapter 16.

    Examples
    --------
    >>> result = trend([6.8, 7.0, 7.1, 7.4, 7.9])
    >>> round(result.slope, 3), result.statistic, round(result.p_value, 4)
    (0.238, 10.0, 0.0275)
    """
    import numpy as np

    scores = np.round(float_numbers(values, "values"), DECIMALS)
    moments = _moments(times, scores.size)
    earlier, later = np.triu_indices(scores.size, 1)
    rises = np.round(scores[later] - scores[earlier], DECIMALS)
    slopes = np.sort(rises / (moments[later] - moments[earlier]))
    statistic, spread = float(np.sign(rises).sum()), math.sqrt(_variance_of_s(scores))
    low, high = _slope_limits(slopes, spread, confidence_level(level))
    z = math.copysign(max(0.0, abs(statistic) - 1), statistic) / spread if statistic else 0.0
    return Trend(float(np.median(slopes)), low, high, statistic, z, two_sided_normal_p(z))


def _moments(times: Numbers | None, n: int) -> FloatArray:
    import numpy as np

    if n < LEAST_WAVES:
        raise ValueError(f"A trend needs at least {LEAST_WAVES} waves, not {n}.")
    if times is None:
        return np.arange(n, dtype=np.float64)
    moments = np.array(float_numbers(times, "times"))
    if moments.size != n:
        raise ValueError(f"There are {n} values and {moments.size} times: give one time a value.")
    if (np.diff(moments) <= 0).any():
        raise ValueError("times must rise strictly: give the waves in their order, one a moment.")
    return moments


def _variance_of_s(scores: FloatArray) -> float:
    import numpy as np

    _, ties = np.unique(scores, return_counts=True)
    n = scores.size
    return float(n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18


def _slope_limits(slopes: FloatArray, spread: float, confidence: float) -> tuple[float, float]:
    """Return the slopes whose ranks Sen's equation 2.6 gives, or the outermost ones."""
    reach = normal_quantile((1 + confidence) / 2) * spread
    lowest = max(0, round((slopes.size - reach) / 2) - 1)
    highest = min(slopes.size - 1, round((slopes.size + reach) / 2))
    return float(slopes[lowest]), float(slopes[highest])
