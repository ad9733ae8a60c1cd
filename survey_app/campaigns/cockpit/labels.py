"""Where the name of a line stands in a drawing: beside its end, and over no line and no other name."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]

# What a name takes of the drawing, how far it stands from the end of its line, and what else must keep away.
LABEL_WIDTH, ASCENT, DESCENT, GAP, MARGIN = 124, 10, 4, 10, 3
STEP, STEPS = 14, 12
MIDDLE = 4


@dataclass(frozen=True)
class Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: "Box") -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )

    def is_crossed_by(self, start: Point, end: Point) -> bool:
        """Tell whether a straight piece of a line touches the box: the part of it within each pair of sides is cut."""
        first, last = 0.0, 1.0
        for place, length, low, high in (
            (start[0], end[0] - start[0], self.left, self.right),
            (start[1], end[1] - start[1], self.top, self.bottom),
        ):
            if not length:
                if not low < place < high:
                    return False
                continue
            cuts = sorted(((low - place) / length, (high - place) / length))
            first, last = max(first, cuts[0]), min(last, cuts[1])
        return first < last


@dataclass(frozen=True)
class Label:
    x: float
    y: float
    anchor: str

    @property
    def box(self) -> Box:
        left = self.x - {"start": 0, "middle": LABEL_WIDTH / 2, "end": LABEL_WIDTH}[self.anchor]
        return Box(left, self.y - ASCENT, left + LABEL_WIDTH, self.y + DESCENT)


def place_label(
    end: Point, room: Box, lines: Sequence[Sequence[Point]], taken: Iterable[Box], *, is_upper: bool
) -> Label:
    """Return the first place that is free, nearest first, the upper line's upwards; the nearest where none is."""
    boxes = list(taken)
    found = list(_places(end, room, is_upper=is_upper))
    return next((each for each in found if room.holds(each.box) and _is_free(each.box, lines, boxes)), found[0])


def _places(end: Point, room: Box, *, is_upper: bool) -> Iterator[Label]:
    x, y = end[0], end[1] + MIDDLE
    up = -STEP if is_upper else STEP
    middle = max(room.left + LABEL_WIDTH / 2, min(x, room.right - LABEL_WIDTH / 2))
    for step in range(STEPS):
        for shift in dict.fromkeys((step * up, -step * up)):
            yield Label(round(x + GAP, 1), round(y + shift, 1), "start")
            yield Label(round(x - GAP, 1), round(y + shift, 1), "end")
            if shift:
                yield Label(round(middle, 1), round(y + shift, 1), "middle")


def _is_free(box: Box, lines: Sequence[Sequence[Point]], taken: Sequence[Box]) -> bool:
    around = Box(box.left - MARGIN, box.top - MARGIN, box.right + MARGIN, box.bottom + MARGIN)
    if any(box.meets(other) for other in taken):
        return False
    return not any(around.is_crossed_by(start, end) for line in lines for start, end in pairwise(line))
