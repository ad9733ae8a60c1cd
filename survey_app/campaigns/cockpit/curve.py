"""The response curve: the share of people who have answered, day by day, drawn as points of an SVG."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from itertools import accumulate

from survey_app.campaigns.dates import local_day

WIDTH, HEIGHT = 480, 160
LEFT, RIGHT, TOP, BOTTOM = 48, 150, 12, 12
LABEL_SHIFT, LABEL_GAP, LABEL_WIDTH = 14, 10, 110


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
    label_x: float
    label_y: float
    anchor: str
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
        """Return this wave's line and the last one's; this wave's label stands on its own side of both."""
        this, last = self._line(self.this), self._line(self.last)
        if this and last and self.last:
            then = self.last.share(min(len(self.this.by_day), len(self.last.by_day)) - 1) or 0
            shift = -LABEL_SHIFT if this.share >= then else LABEL_SHIFT
            this = _beside(replace(this, label_y=round(this.label_y + shift, 1)))
        return [this, last]

    def _line(self, course: Course | None) -> Line | None:
        if course is None or not course.n_invited:
            return None
        shares = [Fraction(n_answered, course.n_invited) for n_answered in course.by_day]
        places = [(round(self.x(day), 1), self.y(share)) for day, share in enumerate(shares)]
        points = " ".join(f"{x},{y}" for x, y in places)
        end_x, end_y = places[-1]
        label_y = round(end_y + 4, 1)
        return Line(points, end_x, end_y, end_x + LABEL_GAP, label_y, anchor="start", share=shares[-1])

    def x(self, day: int) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * day / max(self.n_days - 1, 1)

    def y(self, share: Fraction) -> float:
        return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - float(share)), 1)

    @property
    def rows(self) -> list[tuple[int, Fraction | None, Fraction | None]]:
        """Return for each day its number, this wave's share and the last wave's."""
        last = self.last
        return [(day + 1, self.this.share(day), last.share(day) if last else None) for day in range(self.n_days)]


def _beside(line: Line) -> Line:
    """Put a label that ends in the middle of the drawing over the days gone by, where there is room."""
    is_in_the_middle = LEFT + LABEL_WIDTH < line.end_x < WIDTH - RIGHT
    return replace(line, label_x=line.end_x - LABEL_GAP, anchor="end") if is_in_the_middle else line


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
