"""Weigh who answers: the rate to expect of each client, and whether it stands out from the others'."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from survey_app.statistics import proportion_difference, proportion_interval

ERROR = 0.05


@dataclass(frozen=True, slots=True)
class ResponseRate:
    """A client's response rate; `word` says less or more than the others where chance hardly explains it.

    The more clients are looked at together, the harder it is to stand out (Bonferroni).
    """

    share: Fraction
    low: float
    high: float
    gap: Fraction | None = None
    word: str = ""


def weigh_responses(counts: Sequence[tuple[int, int]]) -> list[ResponseRate | None]:
    """Compare each client's people answered of people asked with all other clients together."""
    answered, asked = sum(n for n, _ in counts), sum(total for _, total in counts)
    level = 1 - ERROR / max(len(counts), 1)
    return [_weigh(n, total, answered - n, asked - total, level) for n, total in counts]


def _weigh(n: int, total: int, n_others: int, total_others: int, level: float) -> ResponseRate | None:
    if not total:
        return None
    share, likely = Fraction(n, total), proportion_interval(n, total)
    if not total_others:
        return ResponseRate(share, likely.low, likely.high)
    apart = proportion_difference(n, total, n_others, total_others, level)
    word = "less" if apart.high < 0 else "more" if apart.low > 0 else ""
    return ResponseRate(share, likely.low, likely.high, share - Fraction(n_others, total_others), word)
