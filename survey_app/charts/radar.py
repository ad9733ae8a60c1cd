"""The themes as a polygon: this wave over the reference measure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from survey_app.charts.svg import Drawing

WIDTH, HEIGHT = 340, 300
CENTER_X, CENTER_Y, REACH = 170, 150, 96
LABEL_GAP = 16


@dataclass(frozen=True)
class Spoke:
    """One theme; a theme without a score leaves a gap in the polygon's dots, never a zero."""

    label: str
    value: float | None
    value_label: str
    baseline: float | None = None


def draw_radar(title: str, spokes: Sequence[Spoke]) -> Drawing:
    """Draw the polygon of at least three themes with a score."""
    drawing = Drawing(WIDTH, HEIGHT, title)
    for level in (5, 10):
        drawing.path([_place(i, len(spokes), level) for i in range(len(spokes))], "axis", is_closed=True)
    for place in range(len(spokes)):
        drawing.line(CENTER_X, CENTER_Y, *_place(place, len(spokes), 10), "axis")
    _polygon(drawing, [spoke.baseline for spoke in spokes], "line line--before")
    _polygon(drawing, [spoke.value for spoke in spokes], "area")
    for place, spoke in enumerate(spokes):
        _label(drawing, place, len(spokes), spoke)
    return drawing


def _polygon(drawing: Drawing, values: Sequence[float | None], class_: str) -> None:
    points = [_place(place, len(values), value) for place, value in enumerate(values) if value is not None]
    if len(points) > 2:
        drawing.path(points, class_, is_closed=True)


def _place(place: int, n: int, value: float) -> tuple[float, float]:
    angle = 2 * math.pi * place / n - math.pi / 2
    return CENTER_X + REACH * value / 10 * math.cos(angle), CENTER_Y + REACH * value / 10 * math.sin(angle)


def _label(drawing: Drawing, place: int, n: int, spoke: Spoke) -> None:
    if spoke.value is not None:
        drawing.dot(*_place(place, n, spoke.value), 4, "score")
    x, y = _place(place, n, 10 + 10 * LABEL_GAP / REACH)
    anchor = "middle" if abs(x - CENTER_X) < 10 else "start" if x > CENTER_X else "end"
    drawing.text(x, y - 2, spoke.label, "small", anchor)
    drawing.text(x, y + 12, spoke.value_label, "small strong", anchor)
