"""Compare clients of unequal evidence: empirical Bayes estimates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from survey_app.statistics.checks import Numbers, float_numbers
from survey_app.statistics.results import Shrinkage

if TYPE_CHECKING:
    from survey_app.statistics.results import FloatArray

MOST_STEPS = 200
TOLERANCE = 1e-12


def shrink(means: Numbers, variances: Numbers) -> Shrinkage:
    """Draw noisy means towards their common mean, by restricted maximum likelihood.

    Parameters
    ----------
    means : iterable of numbers, shape (k,)
        One observed mean a client, k >= 2.
    variances : iterable of numbers, shape (k,)
        The sampling variance of each mean (its squared standard error), above zero. Take a pooled variance
        over n: the own variance of a client with three answers is noise.

    Returns
    -------
    Shrinkage
        `estimates`, shape (k,), each between its own mean and the common `mean`; `tau2`, the variance between
        clients, 0 where the means differ by no more than chance: then every estimate is the common mean.

    Raises
    ------
    ValueError
        Fewer than two means, lengths that differ, a NaN, or a variance that is not above zero.

    Notes
    -----
    Estimates minimise the expected squared error over the portfolio, not for any one client, whose estimate
    is biased towards the others: compare with it, never pay with it.

    References
    ----------
    S. W. Raudenbush, A. S. Bryk, "Empirical Bayes meta-analysis", Journal of Educational Statistics 10
    (1985) 75-98. W. Viechtbauer, "Bias and efficiency of meta-analytic variance estimators in the
    random-effects model", Journal of Educational and Behavioral Statistics 30 (2005) 261-293.

    Examples
    --------
    >>> result = shrink([8.2, 7.1, 6.0, 7.4], [0.1, 0.1, 0.4, 0.05])
    >>> result.estimates.round(2).tolist(), round(result.tau2, 3)
    ([8.04, 7.13, 6.59, 7.39], 0.474)
    """
    import numpy as np

    observed, noise = np.array(float_numbers(means, "means")), np.array(float_numbers(variances, "variances"))
    if observed.size != noise.size:
        raise ValueError(f"There are {observed.size} means but {noise.size} variances: give one each.")
    if observed.size < 2:
        raise ValueError("Shrinking needs at least two means: one has nothing to be drawn towards.")
    if noise.min() <= 0:
        raise ValueError("Every variance must be above zero.")
    tau2 = _reml_variance(observed, noise)
    mean = float(np.average(observed, weights=1 / (noise + tau2)))
    estimates = mean + tau2 / (noise + tau2) * (observed - mean)
    estimates.setflags(write=False)
    return Shrinkage(estimates, mean, tau2)


def _reml_variance(observed: FloatArray, noise: FloatArray) -> float:
    """Climb the restricted likelihood by Fisher scoring, halving a step that would overshoot."""
    tau2 = max(0.0, float(observed.var(ddof=1) - noise.mean()))
    height = _restricted_likelihood(observed, noise, tau2)
    for _ in range(MOST_STEPS):
        step = _scoring_step(observed, noise, tau2)
        candidate = max(0.0, tau2 + step)
        while (reached := _restricted_likelihood(observed, noise, candidate)) < height - TOLERANCE:
            candidate = (tau2 + candidate) / 2
        if abs(candidate - tau2) <= TOLERANCE * (1 + tau2):
            return candidate
        tau2, height = candidate, reached
    return tau2


def _restricted_likelihood(observed: FloatArray, noise: FloatArray, tau2: float) -> float:
    import numpy as np

    weights = 1 / (noise + tau2)
    mean = np.average(observed, weights=weights)
    squares = (weights * (observed - mean) ** 2).sum()
    return float((np.log(weights).sum() - np.log(weights.sum()) - squares) / 2)


def _scoring_step(observed: FloatArray, noise: FloatArray, tau2: float) -> float:
    """Return (y'PPy - tr P) / tr PP, P being the residual projection at these weights."""
    import numpy as np

    weights = 1 / (noise + tau2)
    total = weights.sum()
    mean = np.average(observed, weights=weights)
    trace = total - (weights**2).sum() / total
    information = (weights**2).sum() - 2 * (weights**3).sum() / total + ((weights**2).sum() / total) ** 2
    return float((((weights * (observed - mean)) ** 2).sum() - trace) / information)
