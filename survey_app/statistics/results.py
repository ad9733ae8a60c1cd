"""What the calculations answer: frozen values with plain names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    FloatArray: TypeAlias = NDArray[np.float64]

State: TypeAlias = Literal["met", "not_met", "inconclusive"]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and its confidence limits.

    Attributes
    ----------
    estimate, low, high : float
        In the unit of the marks; proportions in 0..1, Net Promoter Scores in -100..100.
    n : int
        Number of answers.
    method : str
        The calculation used, to be shown beside the figures.
    se : float or None
        Standard error of the estimate, None where the answers cannot give one.
    population : int or None
        Number of people asked, None where no finite population is meant.
    """

    estimate: float
    low: float
    high: float
    n: int
    method: str
    se: float | None = None
    population: int | None = None


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest value that the silent could still bring about."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Decision:
    """A score judged against its threshold.

    Attributes
    ----------
    state : {"met", "not_met", "inconclusive"}
        What may be claimed of the whole population.
    is_breach : bool
        Whether the exact mean of the answers is strictly below the threshold.
    interval : Interval
        The interval that the state was read from.
    """

    state: State
    is_breach: bool
    interval: Interval


@dataclass(frozen=True, slots=True)
class Change:
    """A change between two waves, after minus before.

    Attributes
    ----------
    estimate : float
        Mean difference (same people) or Hodges-Lehmann median difference (other people).
    statistic : float
        The value tested: the mean difference, or the Mann-Whitney U of `before`.
    p_value : float
        Two-sided.
    is_testable : bool
        False where no arrangement of these marks could reach p < 0.05: say "not testable", never "no change".
    """

    estimate: float
    statistic: float
    p_value: float
    is_testable: bool


@dataclass(frozen=True, slots=True)
class Trend:
    """Sen's slope with its limits, and the Mann-Kendall test (S, z and two-sided p)."""

    slope: float
    low: float
    high: float
    statistic: float
    z: float
    p_value: float
