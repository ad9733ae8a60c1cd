"""Quantiles of the usual distributions; scipy.special costs a third of scipy.stats, and loads only here."""

from __future__ import annotations

import math


def normal_quantile(probability: float) -> float:
    """Return the standard normal quantile."""
    from statistics import NormalDist

    return NormalDist().inv_cdf(probability)


def two_sided_normal_p(z: float) -> float:
    """Return the two-sided p-value of a standard normal deviate."""
    return math.erfc(abs(z) / math.sqrt(2))


def t_quantile(probability: float, degrees: float) -> float:
    """Return Student's t quantile."""
    from scipy.special import stdtrit

    return float(stdtrit(degrees, probability))


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return the beta quantile."""
    from scipy.special import betaincinv

    return float(betaincinv(a, b, probability))
