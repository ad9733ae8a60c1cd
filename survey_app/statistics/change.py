"""What changed between two waves, many indicators tested at once, and the trend from wave to wave."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

from survey_app.statistics.checks import Numbers, confidence_level, float_numbers
from survey_app.statistics.quantiles import normal_quantile, two_sided_normal_p
from survey_app.statistics.results import Change, Trend

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from survey_app.statistics.results import FloatArray

    IntArray: TypeAlias = NDArray[np.int64]

SIGNIFICANCE = 0.05
LEAST_WAVES = 3
# Differences of marks that ought to be equal differ by rounding noise; nine decimals bring them together.
DECIMALS = 9
MOST_ENUMERATED_PAIRS = 20
RANDOM_FLIPS = 100_000
MOST_EXACT_COMPARISONS = 2_500


def paired_change(before: Numbers, after: Numbers) -> Change:
    """Test the mean change of the same people by flipping the signs of their differences.

    Parameters
    ----------
    before, after : iterable of numbers, shape (n,)
        The marks of the same n people, in the same order.

    Returns
    -------
    Change
        `estimate` and `statistic` are the mean of after - before; `p_value` is two-sided. `is_testable` is
        False where fewer than six people changed their mark: with k of them, no p-value under 2 / 2^k can
        come out.

    Raises
    ------
    ValueError
        No pair, a NaN, or lists of different lengths.

    Notes
    -----
    Fisher's randomisation test on differences rounded to nine decimals: exact, by enumeration, up to 20
    people who changed; beyond, 100,000 random flips from a fixed seed, so the same marks always give the
    same p-value (its standard error is at most 0.0016). The error rate is held exactly under symmetric
    differences; no normality is asked. Nobody changed: p = 1, not testable.

    References
    ----------
    R. A. Fisher, *The Design of Experiments*, Oliver and Boyd 1935, section 21.

    Examples
    --------
    >>> paired_change([6, 7, 5, 8, 6, 7], [7, 8, 7, 9, 8, 8]).p_value
    0.03125
    """
    import numpy as np

    first, second = float_numbers(before, "before"), float_numbers(after, "after")
    if len(first) != len(second):
        raise ValueError(f"before has {len(first)} marks, after {len(second)}: give the same people twice.")
    differences = np.round(np.array(second) - np.array(first), DECIMALS)
    mean = float(differences.mean())
    changes = np.sort(differences[differences != 0])
    p_value = _sign_flip_p(changes) if changes.size else 1.0
    return Change(mean, mean, p_value, is_testable=bool(2 * 0.5**changes.size < SIGNIFICANCE))


def unpaired_change(before: Numbers, after: Numbers) -> Change:
    """Test the change between two groups of different people by the Mann-Whitney rank test.

    Parameters
    ----------
    before, after : iterable of numbers, shape (n,) and (m,)
        The marks of either wave.

    Returns
    -------
    Change
        `estimate` is the Hodges-Lehmann difference, the median of all n * m differences after - before;
        `statistic` is U of `before` (pairs in which `before` is greater, ties one half); `p_value` is
        two-sided, twice the smaller tail. `is_testable` is False where even the most extreme arrangement of
        these marks, ties included, would not reach p < 0.05 (for example 3 against 4).

    Raises
    ------
    ValueError
        An empty list or a NaN.

    Notes
    -----
    Exact with ties, by counting the arrangements of the midranks, up to n * m = 2500; beyond, the
    tie-corrected and continuity-corrected normal approximation. The error rate is held exactly where both
    waves have the same distribution; two waves of equal level and very different spread are not that case.

    References
    ----------
    M. Hollander, D. A. Wolfe, *Nonparametric Statistical Methods*, 2nd ed., Wiley 1999, sections 4.1 and 4.2.

    Examples
    --------
    >>> change = unpaired_change([6, 7, 7, 5], [8, 9, 8, 10])
    >>> change.estimate, change.statistic, round(change.p_value, 4)
    (2.5, 0.0, 0.0286)
    """
    import numpy as np

    first = np.round(float_numbers(before, "before"), DECIMALS)
    second = np.round(float_numbers(after, "after"), DECIMALS)
    differences = second[None, :] - first[:, None]
    statistic = float((differences < 0).sum() + (differences == 0).sum() / 2)
    if differences.size <= MOST_EXACT_COMPARISONS:
        p_value, least_p = _exact_rank_p(first, second)
    else:
        p_value, least_p = _normal_rank_p(first, second, statistic)
    return Change(float(np.median(differences)), statistic, p_value, is_testable=least_p < SIGNIFICANCE)


def _sign_flip_p(changes: FloatArray) -> float:
    import numpy as np

    # Sums of thirds that ought to be equal differ by what rounding each of them to nine decimals leaves.
    reached = abs(changes.sum()) - changes.size * 10.0**-DECIMALS
    if changes.size <= MOST_ENUMERATED_PAIRS:
        sums = np.zeros(1)
        for change in changes:
            sums = np.concatenate((sums + change, sums - change))
        return float(np.mean(np.abs(sums) >= reached))
    generator = np.random.default_rng(0)
    at_least = 1
    for _ in range(10):
        signs = generator.integers(0, 2, size=(RANDOM_FLIPS // 10, changes.size)) * 2 - 1
        at_least += int((np.abs(signs @ changes) >= reached).sum())
    return at_least / (RANDOM_FLIPS + 1)


def _exact_rank_p(first: FloatArray, second: FloatArray) -> tuple[float, float]:
    """Return the p-value and the least one that these marks could give."""
    import numpy as np

    ranks = _doubled_midranks(np.concatenate((first, second)))
    ways = _rank_sum_counts(ranks, first.size)
    total, observed = ways.sum(), int(ranks[: first.size].sum())
    ends = np.flatnonzero(ways)
    tails = (ways[: observed + 1].sum(), ways[observed:].sum())
    return min(1.0, 2 * float(min(tails) / total)), 2 * float(min(ways[ends[0]], ways[ends[-1]]) / total)


def _doubled_midranks(values: FloatArray) -> IntArray:
    import numpy as np

    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    highest = np.cumsum(counts)
    doubled: IntArray = (2 * highest - counts + 1)[place]
    return doubled


def _rank_sum_counts(ranks: IntArray, chosen: int) -> FloatArray:
    """Count the ways in which `chosen` of the ranks add up to each sum."""
    import numpy as np

    ways = np.zeros((chosen + 1, int(ranks.sum()) + 1))
    ways[0, 0] = 1.0
    for rank in ranks:
        ways[1:, rank:] += ways[:-1, : ways.shape[1] - rank].copy()
    counts: FloatArray = ways[chosen]
    return counts


def _normal_rank_p(first: FloatArray, second: FloatArray, statistic: float) -> tuple[float, float]:
    import numpy as np

    n, m = first.size, second.size
    _, ties = np.unique(np.concatenate((first, second)), return_counts=True)
    size = n + m
    variance = n * m / 12 * (size + 1 - float((ties**3 - ties).sum()) / (size * (size - 1)))
    if variance <= 0:
        return 1.0, 1.0
    spread = math.sqrt(variance)
    distance = max(0.0, abs(statistic - n * m / 2) - 0.5)
    return two_sided_normal_p(distance / spread), two_sided_normal_p((n * m / 2 - 0.5) / spread)


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
