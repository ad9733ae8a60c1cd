"""Many indicators tested at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from survey_app.statistics.checks import Numbers, float_numbers

if TYPE_CHECKING:
    from survey_app.statistics.results import FloatArray


def adjust_p_values(p: Numbers, method: Literal["bh", "holm"] = "bh") -> FloatArray:
    """Adjust p-values for their number.

    Parameters
    ----------
    p : iterable of float in 0..1, shape (m,)
        The p-values, in any order.
    method : {"bh", "holm"}, default "bh"
        Benjamini and Hochberg's, which bounds the expected share of false findings; or Holm's, which bounds
        the chance of a single one: take it where money hangs on the result.

    Returns
    -------
    numpy.ndarray, shape (m,)
        Adjusted p-values, in the order given, never above 1.

    Raises
    ------
    ValueError
        No p-value, a NaN, a value outside 0..1, or an unknown method.

    Notes
    -----
    Holm holds whatever the dependence; Benjamini-Hochberg where tests are independent or positively
    dependent, as indicators marked by the same people are. Leave out what could not be tested.

    References
    ----------
    Y. Benjamini, Y. Hochberg, "Controlling the false discovery rate", Journal of the Royal Statistical
    Society B 57 (1995) 289-300. S. Holm, "A simple sequentially rejective multiple test procedure",
    Scandinavian Journal of Statistics 6 (1979) 65-70.

    Examples
    --------
    >>> adjust_p_values([0.01, 0.04, 0.03, 0.005], "holm").round(4).tolist()
    [0.03, 0.06, 0.06, 0.02]
    """
    import numpy as np

    values = np.array(float_numbers(p, "p"))
    if values.min() < 0 or values.max() > 1:
        raise ValueError("Every p-value must lie between 0 and 1.")
    order = np.argsort(values, kind="stable")
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(1.0, _step(values[order], method))
    return adjusted


def _step(rising: FloatArray, method: str) -> FloatArray:
    import numpy as np

    places = np.arange(1, rising.size + 1)
    stepped: FloatArray
    if method == "bh":
        stepped = np.minimum.accumulate((rising * rising.size / places)[::-1])[::-1]
    elif method == "holm":
        stepped = np.maximum.accumulate(rising * (rising.size + 1 - places))
    else:
        raise ValueError(f"method must be 'bh' or 'holm', not {method!r}.")
    return stepped
