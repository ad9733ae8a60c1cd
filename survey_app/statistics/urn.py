"""The Polya urn behind the finite-population interval: exact counts on an integer grid.

The urn holds one ball for each respondent's score and one extra ball at an end of the scale. Each missing
contact draws a ball, and it goes back with a copy. The numbers of copies of the n + 1 balls are then any
composition of the number of missing contacts, all equally likely, so a distribution is a count of
compositions: the coefficient of z^missing in the product over the balls of 1 / (1 - z y^value).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from survey_app.statistics.results import FloatArray

# 120 steps a point on a scale of ten points hold every mean of up to six questions on 0-10 or 1-5.
FINEST_STEPS = 1200
# A finer grid is kept while it costs a millisecond or two.
CHEAP_ADDITIONS = 2_000_000
# Beyond these (tens of megabytes, a tenth of a second) the scores are rounded outward onto a coarser grid.
MOST_CELLS = 6_000_000
MOST_ADDITIONS = 300_000_000
# Counts are sums of positive floats; a tail this close to the nominal one equals it, and the wider limit is
# kept.
TIE = 1e-9


def urn_limits(
    scores: Sequence[Fraction], missing: int, low: Fraction, high: Fraction, tail: float
) -> tuple[Fraction, Fraction]:
    """Return the limits of the sum of the missing scores, each held with probability 1 - `tail`.

    Exact while the grid fits; otherwise scores are rounded towards the extra ball, so limits only move
    outward.
    """
    unit = math.lcm(low.denominator, high.denominator, *(score.denominator for score in scores))
    marks = sorted(_whole(score, unit) for score in scores)
    floor, ceiling = _whole(low, unit), _whole(high, unit)
    step = _grid_step(marks, missing, floor, ceiling)
    above_low = tuple((mark - floor) // step for mark in marks)
    below_high = tuple((ceiling - mark) // step for mark in reversed(marks))
    rise, fall = _steps_from_extra_ball(above_low, below_high, missing, tail)
    return Fraction(missing * floor + rise * step, unit), Fraction(missing * ceiling - fall * step, unit)


def equal_scores_limits(
    score: Fraction, n: int, missing: int, low: Fraction, high: Fraction, tail: float
) -> tuple[Fraction, Fraction]:
    """Return the same limits where all scores are equal: a closed form that holds at any size.

    The extra ball is drawn at least k times in C(n + missing - k, n) of the C(n + missing, n) compositions.
    """
    extra, chance = 0, 1.0
    while extra < missing:
        chance *= (missing - extra) / (n + missing - extra)
        if chance < tail * (1 - TIE):
            break
        extra += 1
    alike = (missing - extra) * score
    return alike + extra * low, alike + extra * high


def composition_rows(offsets: Sequence[int], missing: int) -> list[FloatArray]:
    """Count the compositions of 0..missing draws from balls at sorted offsets, the first at 0, by their sum.

    Row j holds, at index s, the number of ways in which j draws sum to s.
    """
    import numpy as np

    rows = [np.zeros(draws * offsets[-1] + 1) for draws in range(missing + 1)]
    rows[0][0] = 1.0
    for offset in offsets:
        # Balls come in rising order: so far j draws reach no further than j times this one.
        for draws in range(1, missing + 1):
            reached = (draws - 1) * offset + 1
            # A view added to in place: `row[a:b] += ...` would copy the result onto itself once more.
            window = rows[draws][offset : offset + reached]
            window += rows[draws - 1][:reached]
    return rows


@lru_cache(maxsize=512)
def _steps_from_extra_ball(
    above_low: tuple[int, ...], below_high: tuple[int, ...], missing: int, tail: float
) -> tuple[int, int]:
    rows = composition_rows(_from_first(above_low), missing)
    rise = _tail_steps(rows, above_low[0], tail)
    if _from_first([-depth for depth in reversed(above_low)]) == _from_first(below_high):
        mirrored = [row[::-1] for row in rows]
    else:  # rounded outward, the two ends are no mirror images
        mirrored = composition_rows(_from_first(below_high), missing)
    return rise, _tail_steps(mirrored, below_high[0], tail)


def _from_first(depths: Sequence[int]) -> list[int]:
    return [depth - depths[0] for depth in depths]


def _tail_steps(rows: Sequence[FloatArray], gap: int, tail: float) -> int:
    """Return the tail quantile, in steps above all missing contacts sitting on the extra ball.

    The extra ball takes the draws that a row leaves; `gap` is its distance from the nearest respondent.
    """
    import numpy as np

    missing = len(rows) - 1
    ways = np.zeros(missing * gap + len(rows[-1]))
    for draws, row in enumerate(rows):
        ways[draws * gap : draws * gap + len(row)] += row
    running = np.cumsum(ways)
    return int(np.searchsorted(running, running[-1] * tail * (1 - TIE)))


def _whole(value: Fraction, unit: int) -> int:
    """Return the value in whole numbers of 1 / `unit`."""
    return value.numerator * (unit // value.denominator)


def _grid_step(marks: Sequence[int], missing: int, floor: int, ceiling: int) -> int:
    """Return the largest step that holds every mark and both ends, or the multiple of it that fits."""
    step = math.gcd(ceiling - floor, *(mark - floor for mark in marks))
    cells = (marks[-1] - marks[0]) // step * missing * missing // 2
    excess = (ceiling - floor) / step / FINEST_STEPS
    wanted = min(excess, cells * len(marks) / CHEAP_ADDITIONS)
    needed = max(cells / MOST_CELLS, cells * len(marks) / MOST_ADDITIONS)
    return step * max(1, math.ceil(wanted), math.ceil(needed))
