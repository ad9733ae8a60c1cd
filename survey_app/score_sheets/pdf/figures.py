"""The charts of a sheet, drawn by hand: dots with intervals, a radar by theme, the trend."""

import math
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

from survey_app.pdf.ink import draw_circle, draw_line, draw_polygon, paint
from survey_app.pdf.page import FAINT, INK, LINE, SOFT, Page, draw_state
from survey_app.pdf.text import BOLD, REGULAR, draw, draw_right, width_of
from survey_app.score_sheets.results import ShownLine, ShownMean

TOP_MARK = 10
WHITE = (1.0, 1.0, 1.0)
AXIS = range(0, TOP_MARK + 1, 2)


def draw_axis(page: Page, x: float, width: float) -> None:
    """Write the marks of the axis; the lines below carry no grid."""
    page.colour(SOFT)
    for mark in AXIS:
        text = str(mark)
        draw(page.canvas, x + width * mark / TOP_MARK - width_of(text, 7) / 2, page.y, text, 7)


def draw_dots(page: Page, line: ShownLine, x: float, y: float, width: float) -> None:
    """Draw one line: marks as dots, interval as a line, threshold as a dashed rule, score as its state's shape."""
    canvas = page.canvas

    def at(mark: Fraction) -> float:
        return x + width * float(mark) / TOP_MARK

    page.rule(y, LINE, x, x + width, 0.5)
    if line.low is not None and line.high is not None:
        page.rule(y, SOFT, at(line.low), at(line.high), 1.6)
    draw_line(canvas, at(line.level), y - 7, at(line.level), y + 7, INK, 0.9, "1.6 1.6")
    if line.before is not None:
        draw_line(canvas, at(line.before), y - 4, at(line.before), y + 4, FAINT, 1.2)
    _draw_marks(canvas, line.marks, at, y)
    if line.value is not None:
        paint(canvas, WHITE)
        draw_circle(canvas, at(line.value), y, 4.6, "f")
        draw_state(canvas, line.state, at(line.value), y, 3.3)


def _draw_marks(canvas: Any, marks: Sequence[Fraction], at: Any, y: float) -> None:
    """Draw every mark given; equal ones stand one above the other."""
    paint(canvas, SOFT)
    canvas._code.append("1 1 1 rg 0.6 w")
    for mark, n in Counter(marks).items():
        step = min(3.4, 12 / n)
        for place in range(min(n, 40)):
            draw_circle(canvas, at(mark), y + (place - (min(n, 40) - 1) / 2) * step, 1.6, "B")


def draw_radar(page: Page, themes: Sequence[ShownMean], x: float, y: float, radius: float) -> None:
    """Draw the themes around a centre: this wave as an outline with its marks, the one before as a thin dashed one."""
    canvas, n = page.canvas, len(themes)
    paint(canvas, LINE)
    canvas._code.append("0.5 w")
    for level in (0.25, 0.5, 0.75, 1.0):
        draw_polygon(canvas, [_corner(x, y, radius * level, place, n) for place in range(n)], "S")
    if all(theme.before is not None for theme in themes):
        paint(canvas, FAINT)
        before = [_at_mark(x, y, radius, place, n, theme.before) for place, theme in enumerate(themes)]
        draw_polygon(canvas, before, "[2 2] 0 d S [] 0 d")
    paint(canvas, INK)
    canvas._code.append("1.4 w")
    draw_polygon(canvas, [_at_mark(x, y, radius, place, n, theme.value) for place, theme in enumerate(themes)], "S")
    for place, theme in enumerate(themes):
        _draw_corner(page, theme, place, n, (x, y, radius))


def _corner(x: float, y: float, radius: float, place: int, n: int) -> tuple[float, float]:
    angle = math.pi / 2 - 2 * math.pi * place / n
    return x + radius * math.cos(angle), y + radius * math.sin(angle)


def _at_mark(x: float, y: float, radius: float, place: int, n: int, mark: Fraction | None) -> tuple[float, float]:
    return _corner(x, y, radius * float(mark or 0) / TOP_MARK, place, n)


def _draw_corner(page: Page, theme: ShownMean, place: int, n: int, centre: tuple[float, float, float]) -> None:
    x, y, radius = centre
    px, py = _at_mark(x, y, radius, place, n, theme.value)
    page.colour(INK)
    draw_circle(page.canvas, px, py, 2.2, "f")
    lx, ly = _corner(x, y, radius + 12, place, n)
    name = theme.label if len(theme.label) <= 16 else theme.label[:15] + "."
    page.colour(SOFT)
    if lx > x + 2:
        draw(page.canvas, lx, ly - 3, name, 7.5)
    elif lx < x - 2:
        draw_right(page.canvas, lx, ly - 3, name, 7.5)
    else:
        draw(page.canvas, lx - width_of(name, 7.5) / 2, ly - 3, name, 7.5)


def draw_trend(
    page: Page, points: Sequence[tuple[str, Fraction | None, str]], x: float, width: float, height: float
) -> None:
    """Draw the overall mark wave after wave; a wave without a mark leaves a gap."""
    canvas, base = page.canvas, page.y - height
    known = [value for _, value, _ in points if value is not None]
    if not known:
        return
    low, high = max(min(known) - 1, Fraction(0)), min(max(known) + 1, Fraction(10))
    step = width / max(len(points) - 1, 1)
    spots = [
        None if value is None else (x + place * step, base + 14 + (height - 30) * float((value - low) / (high - low)))
        for place, (_, value, _) in enumerate(points)
    ]
    for one, two in pairwise(spots):
        if one and two:
            draw_line(canvas, *one, *two, INK, 1.2)
    for place, (spot, (day, _, text)) in enumerate(zip(spots, points, strict=True)):
        _draw_spot(page, spot, day, text, (x + place * step, base), place == len(points) - 1)
    page.y = base - 10


def _draw_spot(
    page: Page, spot: tuple[float, float] | None, day: str, text: str, foot: tuple[float, float], is_last: bool
) -> None:
    page.colour(SOFT)
    draw(page.canvas, foot[0] - width_of(day, 7) / 2, foot[1], day, 7)
    if spot is None:
        return
    font, colour = (BOLD, INK) if is_last else (REGULAR, SOFT)
    page.colour(INK)
    draw_circle(page.canvas, *spot, 2.6 if is_last else 2, "f")
    page.colour(colour)
    draw(page.canvas, spot[0] - width_of(text, 8.5, font) / 2, spot[1] + 7, text, 8.5, font)
