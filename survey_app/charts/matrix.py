"""Importance against performance: each subject where it stands, by its name."""

from collections.abc import Sequence
from dataclasses import dataclass

from survey_app.charts.svg import Drawing, Scale

WIDTH, HEIGHT = 340, 320
LEFT, RIGHT, TOP, BOTTOM = 12, 328, 28, 284


@dataclass(frozen=True)
class Subject:
    label: str
    performance: float
    importance: float


@dataclass(frozen=True)
class Corners:
    """What the four corners and the two directions mean, in words."""

    improve: str
    keep: str
    watch: str
    enough: str
    performance: str


def draw_matrix(title: str, subjects: Sequence[Subject], corners: Corners) -> Drawing:
    """Draw performance to the right and importance upwards, cut at their means."""
    drawing = Drawing(WIDTH, HEIGHT, title)
    x = _scale([each.performance for each in subjects], LEFT + 12, RIGHT - 12)
    y = _scale([each.importance for each in subjects], BOTTOM - 16, TOP + 16)
    middle_x = x(sum(each.performance for each in subjects) / len(subjects))
    middle_y = y(sum(each.importance for each in subjects) / len(subjects))
    drawing.line(middle_x, TOP, middle_x, BOTTOM, "axis")
    drawing.line(LEFT, middle_y, RIGHT, middle_y, "axis")
    drawing.text(LEFT, TOP - 10, corners.improve, "small strong", "start")
    drawing.text(RIGHT, TOP - 10, corners.keep, anchor="end")
    drawing.text(LEFT, BOTTOM + 14, corners.watch, anchor="start")
    drawing.text(RIGHT, BOTTOM + 14, corners.enough, anchor="end")
    drawing.text((LEFT + RIGHT) / 2, HEIGHT - 4, corners.performance)
    for number, each in enumerate(subjects, start=1):
        drawing.dot(x(each.performance), y(each.importance), 9, "score")
        drawing.text(x(each.performance), y(each.importance) + 4, str(number), "small on-score")
    return drawing


def _scale(values: Sequence[float], start: float, end: float) -> Scale:
    low, high = min(values), max(values)
    spare = max((high - low) * 0.1, 0.01)
    return Scale(low - spare, high + spare, start, end)
