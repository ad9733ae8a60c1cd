"""The charts over several waves: a score from wave to wave, and what moved, line under line."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from survey_app.charts.svg import Drawing, Scale

WIDTH, HEIGHT = 340, 180
LEFT, RIGHT, TOP, BOTTOM = 16, 300, 22, 146
LABEL_HEIGHT = 13.0
MOVE_ROW, MOVE_LEFT, MOVE_RIGHT = 40, 4, 280


@dataclass(frozen=True)
class Stop:
    """One wave; `value` is None where nothing could be measured or shown: the line breaks there."""

    label: str
    value: float | None
    value_label: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Level:
    """A horizontal rule with its name at the right end."""

    value: float
    label: str
    class_: str = "threshold"


def draw_course(title: str, stops: Sequence[Stop], levels: Sequence[Level] = ()) -> Drawing:
    """Draw the waves in their order; the vertical scale shows what there is, never less than four points."""
    drawing = Drawing(WIDTH, HEIGHT, title)
    y = _vertical(stops, levels)
    x = Scale(0, max(len(stops) - 1, 1), LEFT + 14, RIGHT - 20)
    for level, place in zip(levels, _spread([y(level.value) for level in levels]), strict=True):
        drawing.line(LEFT, y(level.value), RIGHT, y(level.value), level.class_)
        drawing.text(RIGHT + 4, place + 4, level.label, anchor="start")
    for is_known, run in groupby(enumerate(stops), key=lambda each: each[1].value is not None):
        if is_known:
            drawing.path([(x(place), y(stop.value or 0.0)) for place, stop in run], "line")
    shown = _labelled(len(stops))
    for place, stop in enumerate(stops):
        _draw_stop(drawing, stop, x(place), y, is_labelled=place in shown, is_valley=_is_valley(stops, place))
    return drawing


def _vertical(stops: Sequence[Stop], levels: Sequence[Level]) -> Scale:
    known = [v for stop in stops for v in (stop.value, stop.low, stop.high) if v is not None]
    known += [level.value for level in levels]
    low, high = min(known, default=0.0), max(known, default=10.0)
    spare = max(0.0, 4 - (high - low)) / 2
    return Scale(max(0.0, low - spare - 0.3), min(10.0, high + spare) + 0.3, BOTTOM, TOP)


def _spread(places: Sequence[float]) -> list[float]:
    """Move names that would cover each other apart, the lower one down and the upper one up."""
    found = list(places)
    rising = sorted(range(len(found)), key=lambda each: found[each])
    for upper, lower in pairwise(rising):
        overlap = LABEL_HEIGHT - (found[lower] - found[upper])
        if overlap > 0:
            found[upper] -= overlap / 2
            found[lower] += overlap / 2
    return found


def _labelled(n: int) -> set[int]:
    """Name every wave while there is room, then only some of them, the last always."""
    step = max(1, -(-n // 6))
    return {n - 1 - step * back for back in range(n) if n - 1 - step * back >= 0}


def _is_valley(stops: Sequence[Stop], place: int) -> bool:
    """Tell whether the line falls to this wave and rises again: a name above it would lie on the line."""
    around = [stops[each].value for each in (place - 1, place + 1) if 0 <= each < len(stops)]
    value = stops[place].value
    return len(around) == 2 and value is not None and all(each is not None and each > value for each in around)


def _draw_stop(drawing: Drawing, stop: Stop, x: float, y: Scale, *, is_labelled: bool, is_valley: bool) -> None:
    if is_labelled:
        drawing.text(x, HEIGHT - 8, stop.label)
    if stop.value is None:
        drawing.text(x, (TOP + BOTTOM) / 2, stop.value_label)
        return
    if stop.low is not None and stop.high is not None:
        drawing.line(x, y(stop.low), x, y(stop.high), "interval")
    drawing.dot(x, y(stop.value), 5, "score")
    if is_labelled:
        ends = [y(end) for end in (stop.value, stop.low, stop.high) if end is not None]
        drawing.text(x, max(ends) + 18 if is_valley else min(ends) - 9, stop.value_label, "small strong halo")


@dataclass(frozen=True)
class Move:
    label: str
    before: float
    after: float
    change_label: str
    is_proved: bool = False


def draw_moves(title: str, moves: Sequence[Move]) -> Drawing:
    """Draw a hollow disc where each line was, a full one where it is; what is proved stands in bold."""
    drawing, x = Drawing(WIDTH, MOVE_ROW * len(moves) + 4, title), _moves_scale(moves)
    for place, move in enumerate(moves):
        y = place * MOVE_ROW + 30
        weight = "small strong" if move.is_proved else "small"
        drawing.text(MOVE_LEFT, y - 14, move.label, weight, "start")
        drawing.line(MOVE_LEFT, y, MOVE_RIGHT, y, "axis")
        drawing.line(x(move.before), y, x(move.after), y, "line")
        drawing.dot(x(move.before), y, 4, "score--hollow")
        drawing.dot(x(move.after), y, 5, "score")
        drawing.text(WIDTH - 4, y + 4, move.change_label, weight, "end")
    return drawing


def _moves_scale(moves: Sequence[Move]) -> Scale:
    values = [value for move in moves for value in (move.before, move.after)]
    low, high = min(values), max(values)
    spare = max(0.3, (3 - (high - low)) / 2)
    return Scale(max(0.0, low - spare), min(10.0, high + spare), MOVE_LEFT + 6, MOVE_RIGHT - 6)
