"""One line's marks: every mark a dot, the interval a line, the score on it, the threshold a dashed rule."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from survey_app.charts.svg import Drawing, Scale

WIDTH, HEIGHT = 340, 64
AXIS = 44
LEFT, RIGHT = 10, 330
MOST_RADIUS = 4.0
DOT_ROOM = 34.0


@dataclass(frozen=True)
class Strip:
    """What one strip shows, out of ten; without dots where a few marks would tell who gave them."""

    title: str
    threshold: float | None
    threshold_label: str
    score: float | None = None
    low: float | None = None
    high: float | None = None
    marks: tuple[float, ...] = ()
    worst_low: float | None = None
    worst_high: float | None = None
    baseline: float | None = None


def draw_strip(strip: Strip) -> Drawing:
    drawing, x = Drawing(WIDTH, HEIGHT, strip.title), Scale(0, 10, LEFT, RIGHT)
    drawing.line(LEFT, AXIS, RIGHT, AXIS, "axis")
    drawing.text(LEFT, HEIGHT - 4, "0")
    drawing.text(RIGHT, HEIGHT - 4, "10", anchor="end")
    if strip.worst_low is not None and strip.worst_high is not None:
        drawing.line(x(strip.worst_low), AXIS, x(strip.worst_high), AXIS, "range")
    if strip.threshold is not None:
        drawing.line(x(strip.threshold), 4, x(strip.threshold), AXIS + 6, "threshold")
        drawing.text(x(strip.threshold), HEIGHT - 4, strip.threshold_label)
    if strip.baseline is not None:
        drawing.line(x(strip.baseline), AXIS - 6, x(strip.baseline), AXIS + 6, "baseline")
    for place_x, place_y, radius in dot_places([x(mark) for mark in strip.marks]):
        drawing.dot(place_x, AXIS - 10 - place_y, radius, "dot")
    if strip.low is not None and strip.high is not None:
        drawing.line(x(strip.low), AXIS, x(strip.high), AXIS, "interval")
    if strip.score is not None:
        drawing.dot(x(strip.score), AXIS, 5.5, "score")
    return drawing


def dot_places(places: Sequence[float]) -> list[tuple[float, float, float]]:
    """Stack dots that would cover each other; all of them shrink until the highest stack fits."""
    commonest = max(Counter(places).values(), default=1)
    # Tried from the greatest radius at which equal marks alone would fit, in halves.
    radius = max(1.0, min(MOST_RADIUS, DOT_ROOM // commonest / 2))
    while True:
        stacked = _stack(sorted(places), 2 * radius)
        highest = max((level for _, level in stacked), default=0)
        if highest * 2 * radius <= DOT_ROOM - 2 * radius or radius <= 1:
            step = min(2 * radius, (DOT_ROOM - 2 * radius) / max(highest, 1))
            return [(x, level * step, radius) for x, level in stacked]
        radius -= 0.5


def _stack(places: Sequence[float], width: float) -> list[tuple[float, int]]:
    stacked: list[tuple[float, int]] = []
    ends: list[float] = []
    for place in places:
        level = next((level for level, end in enumerate(ends) if place - end >= width), len(ends))
        ends[level : level + 1] = [place]
        stacked.append((place, level))
    return stacked
