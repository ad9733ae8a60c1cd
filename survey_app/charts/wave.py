"""The charts of one wave: each line with every mark a dot, and the themes as a polygon."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from survey_app.charts.svg import Drawing, Scale

WIDTH = 340
STRIP_HEIGHT = 64
AXIS = 44
LEFT, RIGHT = 10, 330
MOST_RADIUS = 4.0
DOT_ROOM = 34.0
RADAR_HEIGHT = 300
CENTER_X, CENTER_Y, MOST_REACH = 170, 150, 96
LABEL_GAP = 16
# A theme's name is broken at this many letters; in small print a letter is at most about this wide.
MOST_LETTERS, LETTER, LINE = 16, 6.6, 12


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
    drawing, x = Drawing(WIDTH, STRIP_HEIGHT, strip.title), Scale(0, 10, LEFT, RIGHT)
    drawing.line(LEFT, AXIS, RIGHT, AXIS, "axis")
    drawing.text(LEFT, STRIP_HEIGHT - 4, "0")
    drawing.text(RIGHT, STRIP_HEIGHT - 4, "10", anchor="end")
    if strip.worst_low is not None and strip.worst_high is not None:
        drawing.line(x(strip.worst_low), AXIS, x(strip.worst_high), AXIS, "range")
    if strip.threshold is not None:
        drawing.line(x(strip.threshold), 4, x(strip.threshold), AXIS + 6, "threshold")
        drawing.text(x(strip.threshold), STRIP_HEIGHT - 4, strip.threshold_label)
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


@dataclass(frozen=True)
class Spoke:
    """One theme that has a score; one without is left out, never drawn as a zero."""

    label: str
    value: float
    value_label: str
    baseline: float | None = None


def draw_radar(title: str, spokes: Sequence[Spoke]) -> Drawing:
    """Draw the polygon of at least three themes with a score; long names leave it less room."""
    names = [wrap(spoke.label, MOST_LETTERS, break_long_words=False) for spoke in spokes]
    longest = LETTER * max(len(line) for lines in names for line in lines)
    drawing = Drawing(WIDTH, RADAR_HEIGHT, title)
    web = Web(len(spokes), min(MOST_REACH, max(CENTER_X - longest, MOST_REACH / 2)))
    for level in (5, 10):
        drawing.path([web.place(number, level) for number in range(web.n)], "axis", is_closed=True)
    for number in range(web.n):
        drawing.line(CENTER_X, CENTER_Y, *web.place(number, 10), "axis")
    for values, class_ in (([s.baseline for s in spokes], "line line--before"), ([s.value for s in spokes], "area")):
        points = [web.place(number, value) for number, value in enumerate(values) if value is not None]
        if len(points) > 2:
            drawing.path(points, class_, is_closed=True)
    for number, (spoke, lines) in enumerate(zip(spokes, names, strict=True)):
        _label(drawing, web, number, spoke, lines)
    return drawing


@dataclass(frozen=True)
class Web:
    """The places of the marks on so many spokes around the centre, ten at the given reach."""

    n: int
    reach: float

    def place(self, number: int, value: float, beyond: float = 0.0) -> tuple[float, float]:
        angle, distance = 2 * math.pi * number / self.n - math.pi / 2, self.reach * value / 10 + beyond
        return CENTER_X + distance * math.cos(angle), CENTER_Y + distance * math.sin(angle)


def _label(drawing: Drawing, web: Web, number: int, spoke: Spoke, lines: Sequence[str]) -> None:
    """Write a theme and its score outside the polygon, a long name in lines that stay within the drawing."""
    drawing.dot(*web.place(number, spoke.value), 4, "score")
    x, y = web.place(number, 10, LABEL_GAP)
    anchor = "middle" if abs(x - CENTER_X) < 10 else "start" if x > CENTER_X else "end"
    width = LETTER * max(len(line) for line in (*lines, spoke.value_label))
    x = {"middle": x, "start": min(x, WIDTH - width), "end": max(x, width)}[anchor]
    # Lines grow away from the centre: upwards at the top, downwards at the bottom.
    share = (CENTER_Y + web.reach + LABEL_GAP - y) / (2 * (web.reach + LABEL_GAP))
    y -= LINE * (len(lines) - 1) * share
    for place, line in enumerate(lines):
        drawing.text(x, y - 2 + LINE * place, line, "small", anchor)
    drawing.text(x, y + LINE * len(lines), spoke.value_label, "small strong", anchor)
