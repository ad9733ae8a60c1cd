"""Importance against performance: each subject where it stands, by its name."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from survey_app.charts.svg import Drawing, Scale

WIDTH, HEIGHT = 340, 320
LEFT, RIGHT, TOP, BOTTOM = 12, 328, 28, 284
RADIUS = 9

Point: TypeAlias = tuple[float, float]


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
    points = [(x(each.performance), y(each.importance)) for each in subjects]
    discs = disc_places(points)
    for point, disc in zip(points, discs, strict=True):
        if disc != point:
            drawing.line(*point, *disc, "axis")
            drawing.dot(*point, 2.5, "score")
    for number, (place_x, place_y) in enumerate(discs, start=1):
        drawing.dot(place_x, place_y, RADIUS, "score")
        drawing.text(place_x, place_y + 4, str(number), "small on-score")
    return drawing


def disc_places(points: Sequence[Point]) -> list[Point]:
    """Move a disc that would cover another one aside, as little as it takes; a line then leads to its place."""
    placed: list[Point] = []
    for x, y in points:
        asides = [(x + step * RADIUS * side, y) for step in range(2 * len(points)) for side in (1, -1)]
        free = (each for each in asides if LEFT + RADIUS <= each[0] <= RIGHT - RADIUS and _is_free(each, placed))
        placed.append(next(free, (x, y)))
    return placed


def _is_free(disc: Point, placed: Sequence[Point]) -> bool:
    return all(math.dist(disc, other) >= 2 * RADIUS for other in placed)


def _scale(values: Sequence[float], start: float, end: float) -> Scale:
    low, high = min(values), max(values)
    spare = max((high - low) * 0.1, 0.01)
    return Scale(low - spare, high + spare, start, end)
