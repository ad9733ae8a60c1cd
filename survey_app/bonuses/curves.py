"""From a mark to the percentage of a share that is paid: every shape is stairs or a broken line."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from survey_app.bonuses.scheme import AllOrNothing, Levels, Linear, Points, Steps

AnyCurve = Linear | AllOrNothing | Steps | Levels | Points
TOP = Decimal(10)


@dataclass(frozen=True)
class PayLine:
    """A curve with its marks in figures; under the first point `below` holds, beyond the last its percentage."""

    shape: str
    points: tuple[tuple[Fraction, Fraction], ...]
    below: Fraction

    @property
    def is_stepped(self) -> bool:
        return self.shape in ("steps", "all_or_nothing")

    def percent(self, mark: Fraction) -> Fraction:
        """Return the exact percentage that a mark earns; a mark on a level has reached it."""
        if mark < self.points[0][0]:
            return self.below
        for (low, low_percent), (high, high_percent) in pairwise(self.points):
            if mark < high:
                rise = Fraction(0) if self.is_stepped else (high_percent - low_percent) / (high - low)
                return low_percent + rise * (mark - low)
        return self.points[-1][1]

    def next_level(self, mark: Fraction) -> Fraction | None:
        """Return the nearest mark above this one that earns more, or where the slope ends."""
        earned = self.percent(mark)
        return next((level for level, percent in self.points if level > mark and percent > earned), None)


def draw_pay_line(curve: AnyCurve, threshold: Decimal | None, target: Decimal | None) -> PayLine:
    """Put figures on a curve: what it leaves open is the line's own threshold and target."""
    match curve:
        case Linear():
            return _draw_linear(curve, threshold, target)
        case AllOrNothing(at=at):
            level = at if at is not None else threshold if threshold is not None else Decimal(7)
            return _draw("all_or_nothing", ((level, Decimal(100)),), curve.below_percent)
        case Steps(steps=steps):
            return _draw("steps", steps, curve.below_percent)
        case Levels():
            return _draw("levels", curve.points, curve.below_percent)
        case Points(points=points):
            return _draw("points", points, points[0][1])


def _draw_linear(curve: Linear, threshold: Decimal | None, target: Decimal | None) -> PayLine:
    start = curve.start if curve.start is not None else threshold if threshold is not None else Decimal(7)
    full = curve.full if curve.full is not None else target if target is not None else TOP
    if full <= start:
        # The target is the threshold itself: reaching it earns all.
        return _draw("linear", ((start, Decimal(100)),), curve.below_percent)
    return _draw("linear", ((start, curve.start_percent), (full, Decimal(100))), curve.below_percent)


def _draw(shape: str, points: tuple[tuple[Decimal, Decimal], ...], below: Decimal) -> PayLine:
    exact = tuple((Fraction(mark), Fraction(percent)) for mark, percent in points)
    return PayLine(shape, exact, Fraction(below))
