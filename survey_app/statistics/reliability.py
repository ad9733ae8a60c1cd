"""Whether the questions of one indicator hang together."""

from __future__ import annotations

from collections.abc import Iterable

from survey_app.statistics.checks import Numbers, confidence_level, float_table
from survey_app.statistics.quantiles import f_quantile
from survey_app.statistics.results import Interval


def cronbach_alpha(items: Iterable[Numbers], level: float = 0.95) -> Interval:
    """Return Cronbach's alpha with Feldt's interval.

    Parameters
    ----------
    items : iterable of rows of numbers, shape (n respondents, k questions)
        Complete answers, all coded so that more is better; n >= 2, k >= 2.
    level : float, default 0.95
        Two-sided confidence.

    Returns
    -------
    Interval
        `n` respondents, `method` ``"feldt"``. At most 1; alpha may be negative where questions contradict
        each other.

    Raises
    ------
    ValueError
        Fewer than two respondents or questions, rows of different lengths, a NaN, sums that do not vary, or
        a level outside (0, 1).

    Notes
    -----
    Feldt's interval is exact for parallel questions with normal errors, and fair otherwise from about 30
    respondents. It describes a questionnaire over a portfolio; on a single client's few contacts it says
    nothing.

    References
    ----------
    L. S. Feldt, D. J. Woodruff, F. A. Salih, "Statistical inference for coefficient alpha", Applied
    Psychological Measurement 11 (1987) 93-103, formulas 6 and 7.

    Examples
    --------
    >>> interval = cronbach_alpha([[7, 8, 7], [9, 9, 10], [5, 6, 6], [8, 8, 9]])
    >>> round(interval.estimate, 3)
    0.966
    """
    confidence = confidence_level(level)
    answers = float_table(items, "items")
    n, k = answers.shape
    if n < 2 or k < 2:
        raise ValueError(f"Alpha needs at least two respondents and two questions, not {n} and {k}.")
    total = float(answers.sum(axis=1).var(ddof=1))
    return alpha_from_variances(k, float(answers.var(axis=0, ddof=1).sum()), total, n, confidence)


def alpha_from_variances(k: int, within: float, total: float, n: int, level: float = 0.95) -> Interval:
    """Return Cronbach's alpha with Feldt's interval from variances that a database added up.

    Parameters
    ----------
    k : int
        Number of questions, at least 2.
    within : float
        Sum over the questions of the variance of their marks between respondents (divided by n - 1).
    total : float
        Variance between respondents of the sum of their marks (divided by n - 1).
    n : int
        Number of respondents who answered every question, at least 2.
    level : float, default 0.95
        Two-sided confidence.

    Returns
    -------
    Interval
        As `cronbach_alpha` gives it for the answers behind these variances.

    Raises
    ------
    ValueError
        Fewer than two respondents or questions, sums that do not vary, or a level outside (0, 1).

    References
    ----------
    As for `cronbach_alpha`.

    Examples
    --------
    >>> round(alpha_from_variances(3, 9.583333, 26.916667, 4).estimate, 3)
    0.966
    """
    confidence = confidence_level(level)
    if n < 2 or k < 2:
        raise ValueError(f"Alpha needs at least two respondents and two questions, not {n} and {k}.")
    if total == 0:
        raise ValueError("All respondents have the same sum: alpha is not defined.")
    alpha = k / (k - 1) * (1 - within / total)
    degrees = (n - 1, (n - 1) * (k - 1))
    return Interval(
        estimate=alpha,
        low=1 - (1 - alpha) * f_quantile((1 + confidence) / 2, *degrees),
        high=1 - (1 - alpha) * f_quantile((1 - confidence) / 2, *degrees),
        n=n,
        method="feldt",
    )
