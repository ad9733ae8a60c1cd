"""Measures with their interval, one under the other, on one scale with one limit."""

from collections.abc import Sequence
from dataclasses import dataclass

from survey_app.charts.svg import Drawing, Scale

WIDTH, ROW, TOP = 340, 40, 24
LEFT, RIGHT = 4, 290


@dataclass(frozen=True)
class Span:
    label: str
    value: float
    low: float
    high: float
    value_label: str


def draw_spans(title: str, spans: Sequence[Span], limit: float, limit_label: str) -> Drawing:
    """Draw each value on its interval, from 0 to 1; what lies below 0 stops at the edge."""
    drawing, x = Drawing(WIDTH, TOP + ROW * len(spans), title), Scale(0, 1, LEFT + 6, RIGHT - 6)
    drawing.line(x(limit), TOP - 6, x(limit), TOP + ROW * len(spans) - 4, "threshold")
    drawing.text(x(limit), TOP - 11, limit_label)
    for place, span in enumerate(spans):
        y = TOP + place * ROW + 28
        drawing.text(LEFT, y - 12, span.label, "small halo", "start")
        drawing.line(LEFT, y, RIGHT, y, "axis")
        drawing.line(x(span.low), y, x(span.high), y, "interval")
        drawing.dot(x(span.value), y, 5.5, "score")
        drawing.text(WIDTH - 4, y + 4, span.value_label, "small strong", "end")
    return drawing
