"""The response curve: the share of people who have answered, day by day, drawn as points of an SVG with its names."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import accumulate, pairwise

from survey_app.clock import local_day

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


WIDTH, HEIGHT = 360, 176
# Under the axis there is always room for a name.
LEFT, RIGHT, TOP, BOTTOM = 44, 136, 12, 28
ROOM = Box(LEFT, 0, WIDTH, HEIGHT)
DOT = 6


@dataclass(frozen=True)
class Course:
    """One wave's answers: how many people had answered at the end of each day since the launch."""

    n_invited: int
    by_day: list[int]

    def share(self, day: int) -> Fraction | None:
        """Return the share reached by a day, or None for a day that has not come."""
        if not self.n_invited or day >= len(self.by_day):
            return None
        return Fraction(self.by_day[day], self.n_invited)


@dataclass(frozen=True)
class Line:
    points: str
    end_x: float
    end_y: float
    label: Label
    share: Fraction


@dataclass(frozen=True)
class Mark:
    share: Fraction
    y: float


@dataclass(frozen=True)
class Curve:
    """Both courses on the same days, ready to draw and to read as a table."""

    n_days: int
    this: Course
    last: Course | None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT

    @property
    def marks(self) -> list[Mark]:
        return [Mark(share, self.y(share)) for share in (Fraction(0), Fraction(1, 2), Fraction(1))]

    @property
    def lines(self) -> list[Line | None]:
        """Return this wave's line and the last one's; the name of the longer one is placed first."""
        courses = {"this": self.this, "last": self.last} if self.last else {"this": self.this}
        paths = {name: self._path(course) for name, course in courses.items() if course.n_invited}
        drawn: dict[str, Line] = {}
        for name in sorted(paths, key=lambda name: (-len(paths[name]), name)):
            path, others = paths[name], [other for key, other in paths.items() if key != name]
            is_upper = all(path[-1][1] <= other[min(len(path), len(other)) - 1][1] for other in others)
            taken = [line.label.box for line in drawn.values()] + [_dot(other[-1]) for other in others]
            label = place_label(path[-1], ROOM, list(paths.values()), taken, is_upper=is_upper)
            drawn[name] = _line(path, label, courses[name])
        return [drawn.get("this"), drawn.get("last")]

    def _path(self, course: Course) -> list[Point]:
        return [
            (round(self.x(day), 1), self.y(Fraction(n_answered, course.n_invited)))
            for day, n_answered in enumerate(course.by_day)
        ]

    def x(self, day: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * day / max(self.n_days - 1, 1)

    def y(self, share: Fraction) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - float(share)), 1)

    @property
    def rows(self) -> list[tuple[int, Fraction | None, Fraction | None]]:
        """Return for each day its number, this wave's share and the last wave's."""
        last = self.last
        return [(day + 1, self.this.share(day), last.share(day) if last else None) for day in range(self.n_days)]


def _line(path: Sequence[Point], label: Label, course: Course) -> Line:
    points = " ".join(f"{x},{y}" for x, y in path)
    return Line(points, *path[-1], label, Fraction(course.by_day[-1], course.n_invited))


def _dot(end: Point) -> Box:
    return Box(end[0] - DOT, end[1] - DOT, end[0] + DOT, end[1] + DOT)


def follow(
    n_invited: int, launched_at: datetime, answered_at: Sequence[datetime], until: datetime, zone: str
) -> Course:
    """Count day by day, in the client's days, those who had answered."""
    first = local_day(launched_at, zone)
    n_days = (local_day(until, zone) - first).days + 1
    by_day = Counter(max((local_day(instant, zone) - first).days, 0) for instant in answered_at)
    return Course(n_invited, list(accumulate(by_day[day] for day in range(max(n_days, 1)))))


def draw(this: Course, last: Course | None) -> Curve:
    n_days = max(len(this.by_day), len(last.by_day) if last else 0)
    return Curve(n_days, this, last)
