"""Things compared fairly: what was observed, hollow, and what remains once chance is taken out, full."""

from collections.abc import Sequence
from dataclasses import dataclass

from survey_app.charts.svg import Drawing, Scale

WIDTH, ROW = 340, 36
LEFT, RIGHT = 4, 290


@dataclass(frozen=True)
class Compared:
    label: str
    observed: float
    fair: float
    fair_label: str


def draw_comparison(title: str, rows: Sequence[Compared], center: float, center_label: str) -> Drawing:
    drawing, x = Drawing(WIDTH, ROW * len(rows) + 24, title), _scale(rows)
    drawing.line(x(center), 18, x(center), ROW * len(rows) + 20, "baseline--thin")
    drawing.text(x(center), 11, center_label)
    for place, row in enumerate(rows):
        y = place * ROW + 46
        drawing.text(LEFT, y - 12, row.label, "small halo", "start")
        drawing.line(LEFT, y, RIGHT, y, "axis")
        drawing.line(x(row.observed), y, x(row.fair), y, "line line--before")
        drawing.dot(x(row.observed), y, 4, "score--hollow")
        drawing.dot(x(row.fair), y, 5, "score")
        drawing.text(WIDTH - 4, y + 4, row.fair_label, "small strong", "end")
    return drawing


def _scale(rows: Sequence[Compared]) -> Scale:
    values = [value for row in rows for value in (row.observed, row.fair)]
    low, high = min(values), max(values)
    spare = max(0.3, (2 - (high - low)) / 2)
    return Scale(max(0.0, low - spare), min(10.0, high + spare), LEFT + 6, RIGHT - 6)
