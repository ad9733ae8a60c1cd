"""From one wave to the next, line under line: where each was, where it is."""

from collections.abc import Sequence
from dataclasses import dataclass

from survey_app.charts.svg import Drawing, Scale

WIDTH, ROW = 340, 40
LEFT, RIGHT = 4, 280


@dataclass(frozen=True)
class Move:
    label: str
    before: float
    after: float
    change_label: str
    is_proved: bool = False


def draw_moves(title: str, moves: Sequence[Move]) -> Drawing:
    """Draw a hollow disc where each line was, a full one where it is; what is proved stands in bold."""
    drawing, x = Drawing(WIDTH, ROW * len(moves) + 4, title), _scale(moves)
    for place, move in enumerate(moves):
        y = place * ROW + 30
        weight = "small strong" if move.is_proved else "small"
        drawing.text(LEFT, y - 14, move.label, weight, "start")
        drawing.line(LEFT, y, RIGHT, y, "axis")
        drawing.line(x(move.before), y, x(move.after), y, "line")
        drawing.dot(x(move.before), y, 4, "score--hollow")
        drawing.dot(x(move.after), y, 5, "score")
        drawing.text(WIDTH - 4, y + 4, move.change_label, weight, "end")
    return drawing


def _scale(moves: Sequence[Move]) -> Scale:
    values = [value for move in moves for value in (move.before, move.after)]
    low, high = min(values), max(values)
    spare = max(0.3, (3 - (high - low)) / 2)
    return Scale(max(0.0, low - spare), min(10.0, high + spare), LEFT + 6, RIGHT - 6)
