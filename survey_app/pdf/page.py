"""Pages of a document: a cursor that moves down, headings, paragraphs and tables that run over pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from survey_app.pdf.ink import Colour, draw_circle, draw_line, draw_polygon, paint
from survey_app.pdf.text import BOLD, FIXED, REGULAR, draw, draw_right, wrap

WIDTH, HEIGHT = 595.28, 841.89
LEFT, RIGHT, TOP, BOTTOM = 52.0, 543.28, 790.0, 64.0
INK, SOFT, FAINT, LINE = (0.086, 0.094, 0.114), (0.337, 0.361, 0.412), (0.6, 0.63, 0.68), (0.86, 0.87, 0.89)
STATE_COLOURS = {
    "met": (0.059, 0.42, 0.31),
    "not_met": (0.702, 0.149, 0.118),
    "inconclusive": (0.541, 0.353, 0.0),
    "not_measurable": SOFT,
}
SHAPES = {
    "not_met": ((-1.1, 0.9), (1.1, 0.9), (0, -1.1)),
    "inconclusive": ((0, 1.25), (1.25, 0), (0, -1.25), (-1.25, 0)),
}


@dataclass(frozen=True)
class Column:
    """One column of a table: its heading, where it stands, and how its text is set."""

    heading: str
    x: float
    width: float
    is_number: bool = False
    is_soft: bool = False


class Page:
    """Where the pen stands, and how it goes on to the next page."""

    def __init__(self, canvas: Any, footer: str) -> None:
        self.canvas, self.footer, self.y, self.bottom = canvas, footer, TOP, BOTTOM

    def colour(self, colour: Colour) -> None:
        paint(self.canvas, colour)

    def turn(self) -> None:
        """End this page with its footer and begin the next."""
        self._draw_footer()
        self.canvas.showPage()
        self.y, self.bottom = TOP, BOTTOM

    def _draw_footer(self) -> None:
        self.rule(BOTTOM - 16, LINE)
        self.colour(SOFT)
        draw(self.canvas, LEFT, BOTTOM - 30, self.footer, 7.5)
        self.canvas.doForm(f"number_{self.canvas.getPageNumber()}")

    def finish(self) -> None:
        """End the last page, and write in every footer which page it is of how many."""
        n_pages = self.canvas.getPageNumber()
        self.turn()
        for number in range(1, n_pages + 1):
            self.canvas.beginForm(f"number_{number}")
            self.colour(SOFT)
            draw_right(self.canvas, RIGHT, BOTTOM - 30, f"{number} / {n_pages}", 7.5)
            self.canvas.endForm()

    def need(self, height: float) -> bool:
        """Turn the page where less than this is left; tell whether it was turned."""
        if self.y - height >= self.bottom:
            return False
        self.turn()
        return True

    def rule(self, y: float, colour: Colour = LINE, x: float = LEFT, to: float = RIGHT, width: float = 0.6) -> None:
        draw_line(self.canvas, x, y, to, y, colour, width)

    def write(
        self,
        text: str,
        size: float = 9,
        *,
        font: str = REGULAR,
        colour: Colour = INK,
        x: float = LEFT,
        width: float = RIGHT - LEFT,
        leading: float = 1.4,
        after: float = 0,
    ) -> None:
        """Write a paragraph that runs over pages."""
        for line in wrap(text, size, width, font):
            self.need(size * leading)
            self.y -= size * leading
            self.colour(colour)
            draw(self.canvas, x, self.y, line, size, font)
        self.y -= after

    def heading(self, text: str, keep: float = 60) -> None:
        """Write a section's question, never alone at the foot of a page."""
        self.need(keep + 40)
        if self.y < TOP:
            self.y -= 26
        self.write(text, 14, font=BOLD, leading=1.2, after=8)

    def minor_heading(self, text: str, keep: float = 30) -> None:
        self.need(keep + 20)
        self.y -= 10
        self.write(text, 9.5, font=BOLD, after=2)

    def bullet(self, text: str, size: float = 9) -> None:
        self.need(size * 1.4)
        self.colour(FAINT)
        draw_circle(self.canvas, LEFT + 2, self.y - size * 1.4 + size * 0.32, 1.3, "f")
        self.write(text, size, x=LEFT + 11, width=RIGHT - LEFT - 11, after=2)

    def term(self, label: str, text: str, *, label_width: float = 130) -> None:
        """Hang the name of a term beside its text, which may run over pages."""
        self.need(9.5 * 1.4)
        self.colour(SOFT)
        draw(self.canvas, LEFT, self.y - 9.5 * 1.4, label, 8.5)
        self.write(text, 9.5, x=LEFT + label_width, width=RIGHT - LEFT - label_width, after=1)

    def table_head(self, columns: Sequence[Column]) -> None:
        self.y -= 11
        self.colour(SOFT)
        for column in columns:
            if column.is_number:
                draw_right(self.canvas, column.x + column.width, self.y, column.heading, 7.5)
            else:
                draw(self.canvas, column.x, self.y, column.heading, 7.5)
        self.y -= 5
        self.rule(self.y, FAINT, columns[0].x, columns[-1].x + columns[-1].width)

    def table(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        *,
        size: float = 8.5,
        mark: Callable[[int, float], None] | None = None,
        strong: Sequence[int] = (),
    ) -> None:
        """Write rows under a head that every page repeats; the first column may take several lines."""
        self.table_head(columns)
        self.rows(columns, rows, size=size, mark=mark, strong=strong, has_head=True)

    def rows(
        self,
        columns: Sequence[Column],
        rows: Sequence[Sequence[str]],
        *,
        size: float = 8.5,
        mark: Callable[[int, float], None] | None = None,
        strong: Sequence[int] = (),
        has_head: bool = False,
    ) -> None:
        for place, row in enumerate(rows):
            lines = [wrap(text, size, column.width) for column, text in zip(columns, row, strict=True)]
            height = max(len(found) for found in lines) * size * 1.3 + 6
            if self.need(min(height, TOP - BOTTOM - 30)) and has_head:
                self.table_head(columns)
            font = BOLD if place in strong else REGULAR
            self._table_row(columns, lines, size, font)
            if mark:
                mark(place, self.y - size - 2)
            self.y -= height
            self.rule(self.y, LINE, columns[0].x, columns[-1].x + columns[-1].width)

    def _table_row(self, columns: Sequence[Column], lines: list[list[str]], size: float, font: str) -> None:
        for column, found in zip(columns, lines, strict=True):
            self.colour(SOFT if column.is_soft else INK)
            y = self.y - size - 3
            for line in found:
                if column.is_number:
                    draw_right(self.canvas, column.x + column.width, y, line, size, font)
                else:
                    draw(self.canvas, column.x, y, line, size, font)
                y -= size * 1.3

    def pairs(self, rows: Sequence[tuple[str, str]], *, label_width: float = 130, fixed: bool = False) -> None:
        """Write labels with their values beside them."""
        font, size = (FIXED, 7.5) if fixed else (REGULAR, 8.5)
        for label, value in rows:
            lines = wrap(value, size, RIGHT - LEFT - label_width, font)
            self.need(13 * len(lines))
            y = self.y - 12
            self.colour(SOFT)
            draw(self.canvas, LEFT, y, label, 8.5)
            self.colour(INK)
            for line in lines:
                draw(self.canvas, LEFT + label_width, y, line, size, font)
                y -= 11
            self.y = y + 11 - 3


def draw_state(canvas: Any, state: str, x: float, y: float, radius: float = 3) -> None:
    """Draw a state's shape around a point: a disc, a triangle, a diamond, an empty square."""
    paint(canvas, STATE_COLOURS.get(state, SOFT))
    if state == "met":
        draw_circle(canvas, x, y, radius, "f")
        return
    if state == "not_measurable":
        side = radius - 0.5
        square = ((-side, -side), (side, -side), (side, side), (-side, side))
        canvas._code.append("1 w")
        draw_polygon(canvas, [(x + dx, y + dy) for dx, dy in square], "S")
        return
    draw_polygon(canvas, [(x + dx * radius, y + dy * radius) for dx, dy in SHAPES[state]], "f")
