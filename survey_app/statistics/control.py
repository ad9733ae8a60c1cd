"""The control chart of single values."""

from __future__ import annotations

from itertools import pairwise
from math import fsum

from survey_app.statistics.checks import Numbers, float_numbers
from survey_app.statistics.results import ControlLimits

# 3 / 1.128: three sigma, sigma being the mean moving range of two over its expected ratio d2.
RANGES_TO_LIMIT = 2.66


def control_limits(values: Numbers) -> ControlLimits:
    """Return the centre and the natural process limits of an XmR chart.

    Parameters
    ----------
    values : iterable of numbers, shape (n,)
        One score a wave, n >= 2, in the order of time.

    Returns
    -------
    ControlLimits
        Mean, and mean -+ 2.66 mean moving range, in the unit of the values. Limits may leave the scale: a
        limit off the scale is no limit.

    Raises
    ------
    ValueError
        Fewer than two values, or a NaN.

    Notes
    -----
    Show it from eight waves: with four, one stable series in thirteen (7.7 %) raises a false alarm. Equal
    values give limits of no width.

    References
    ----------
    D. J. Wheeler, *Understanding Variation*, 2nd ed., SPC Press 2000. NIST/SEMATECH e-Handbook of Statistical
    Methods, section 6.3.2.2.

    Examples
    --------
    >>> limits = control_limits([7.1, 7.4, 7.0, 7.3, 7.2, 7.5, 7.1, 7.2])
    >>> round(limits.center, 3), round(limits.low, 3), round(limits.high, 3)
    (7.225, 6.503, 7.947)
    """
    scores = float_numbers(values, "values")
    if len(scores) < 2:
        raise ValueError("Control limits need at least two values.")
    center = fsum(scores) / len(scores)
    reach = RANGES_TO_LIMIT * fsum(abs(b - a) for a, b in pairwise(scores)) / (len(scores) - 1)
    return ControlLimits(center, center - reach, center + reach)
