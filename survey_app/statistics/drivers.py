"""Which indicators drive the overall opinion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from survey_app.statistics.checks import Numbers, float_numbers, float_table
from survey_app.statistics.results import RelativeWeights

if TYPE_CHECKING:
    from survey_app.statistics.results import FloatArray

LEAST_EIGENVALUE = 1e-10


def relative_weights(predictors: Iterable[Numbers], outcome: Numbers) -> RelativeWeights:
    """Share the explained variance of an outcome among correlated predictors, by Johnson's relative weights.

    Parameters
    ----------
    predictors : iterable of rows of numbers, shape (n respondents, p predictors)
        Complete marks, n > p + 1.
    outcome : iterable of numbers, shape (n,)
        The overall mark of the same respondents, in the same order.

    Returns
    -------
    RelativeWeights
        `weights`, shape (p,), not negative, in the order of the columns, summing to `r_squared` of the linear
        regression on all predictors.

    Raises
    ------
    ValueError
        Lengths that differ, too few respondents, a NaN, a column or an outcome that does not vary, or a
        predictor that others determine.

    Notes
    -----
    Every weight has a positive bias that only many answers reduce: hide the result under 100 respondents. A
    weight describes association, it proves no cause; and it has no sign.

    References
    ----------
    J. W. Johnson, "A heuristic method for estimating the relative weight of predictor variables in multiple
    regression", Multivariate Behavioral Research 35 (2000) 1-19.

    Examples
    --------
    >>> result = relative_weights([[7, 8], [9, 6], [5, 7], [8, 9], [6, 5]], [8, 8, 6, 9, 6])
    >>> result.weights.round(3).tolist(), round(result.r_squared, 3)
    ([0.584, 0.403], 0.987)
    """
    import numpy as np

    columns = _standardised(float_table(predictors, "predictors"), "predictors")
    target = _standardised(np.array(float_numbers(outcome, "outcome"))[:, None], "outcome")
    n, p = columns.shape
    if target.shape[0] != n:
        raise ValueError(f"There are {n} rows of predictors and {target.shape[0]} outcomes: give one a row.")
    if n <= p + 1:
        raise ValueError(f"{p} predictors need more than {p + 1} respondents, not {n}.")
    values, vectors = np.linalg.eigh(columns.T @ columns)
    if values[0] < LEAST_EIGENVALUE:
        raise ValueError("A predictor is determined by the others: leave one of them out.")
    loadings = (vectors * np.sqrt(values)) @ vectors.T
    paths = np.linalg.solve(loadings, columns.T @ target)[:, 0]
    weights: FloatArray = loadings**2 @ paths**2
    weights.setflags(write=False)
    return RelativeWeights(weights, float(weights.sum()))


def _standardised(columns: FloatArray, name: str) -> FloatArray:
    """Centre each column and scale it to length 1, so that products are correlations."""
    import numpy as np

    centred = columns - columns.mean(axis=0)
    lengths = np.sqrt((centred**2).sum(axis=0))
    if (lengths <= 1e-12 * np.abs(columns).max(axis=0)).any():
        raise ValueError(f"{name} holds a column that does not vary: it explains nothing.")
    scaled: FloatArray = centred / lengths
    return scaled
