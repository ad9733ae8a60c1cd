"""Things by subjects, one mark a cell: what a page shows as a table, as a drawing to take away."""

from collections.abc import Sequence
from dataclasses import dataclass

from survey_app.charts.svg import Drawing

COLUMN, ROW, MARGIN = 58, 26, 8
LETTER, SMALL_LETTER = 7.5, 6.5


@dataclass(frozen=True)
class HeatCell:
    """One cell: a shape that says in grey what the colour says, and the mark; empty where there is nothing."""

    shape: str
    text: str = ""
    is_under: bool = False


@dataclass(frozen=True)
class HeatRow:
    label: str
    cells: Sequence[HeatCell | None]


def draw_heat(title: str, columns: Sequence[str], rows: Sequence[HeatRow], key: Sequence[str]) -> Drawing:
    """Draw the names of the columns upright, a row for each thing, and below them what the shapes mean."""
    left = _longest([row.label for row in rows], LETTER)
    top = _longest(columns, SMALL_LETTER)
    width = left + COLUMN * len(columns) + MARGIN
    drawing = Drawing(width, top + ROW * len(rows) + 18 * len(key) + 3 * MARGIN, title)
    for place, label in enumerate(columns):
        x = left + COLUMN * place + COLUMN // 2 + 4
        drawing.add("text", label, transform=f"translate({x} {top - MARGIN}) rotate(-90)", class_="small muted")
    for number, row in enumerate(rows):
        y = top + ROW * number
        drawing.line(MARGIN, y, width, y, "axis")
        drawing.text(MARGIN, y + 18, row.label, "", "start")
        for place, cell in enumerate(row.cells):
            if cell is not None:
                _draw_cell(drawing, left + COLUMN * place, y, cell)
    for number, words in enumerate(key):
        drawing.text(MARGIN, top + ROW * len(rows) + 18 * number + 22, words, "small muted", "start")
    return drawing


def _draw_cell(drawing: Drawing, x: int, y: int, cell: HeatCell) -> None:
    if cell.is_under:
        drawing.add("rect", x=x + 2, y=y + 2, width=COLUMN - 4, height=ROW - 4, class_="wash")
    drawing.text(x + COLUMN - 6, y + 18, f"{cell.shape} {cell.text}".strip(), "breach" if cell.is_under else "", "end")


def _longest(labels: Sequence[str], letter: float) -> int:
    return round(letter * max((len(label) for label in labels), default=0)) + 2 * MARGIN
