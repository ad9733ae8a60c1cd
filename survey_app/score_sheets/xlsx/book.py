"""A workbook under way: its formats, its words, and one way to write a cell so that no text is ever a formula."""

from fractions import Fraction
from functools import cache
from textwrap import wrap
from typing import Any

from survey_app.score_sheets.wording import Words

FONT = "Arial"
INK, SOFT, LINE = "#16181D", "#565C69", "#DBDDE2"
MAX_CELL = 32_000
# Letters that fit one unit of a column's width, and the height of a line and of the highest row, in points.
LETTERS, LINE_HEIGHT, MAX_HEIGHT = 1.05, 13.5, 409
STATE_COLOURS = {"met": "#0F6B4F", "not_met": "#B3261E", "inconclusive": "#8A5A00", "not_measurable": SOFT}
STATE_SHAPES = {"met": "●", "not_met": "▼", "inconclusive": "◆", "not_measurable": "□"}
CURRENCIES = {"EUR": '#,##0.00 "€"', "GBP": '"£"#,##0.00', "USD": '"$"#,##0.00'}


class Book:
    """What every sheet of the workbook shares."""

    def __init__(self, book: Any, snapshot: dict[str, Any], say: Words) -> None:
        self.book, self.snapshot, self.say = book, snapshot, say
        self.format = cache(self._make_format)
        # Where other sheets find a line's, a theme's or the whole's score, and a line's row of the marks.
        self.scores: dict[str, str] = {}
        self.weights: dict[str, str] = {}
        self.amount = ""
        self.widths: dict[str, list[float]] = {}
        self.n_lines: dict[tuple[str, int], int] = {}

    def _make_format(self, **options: Any) -> Any:
        """Read every text from left to right, whatever it begins with: a sheet has one direction."""
        plain = {"font_name": FONT, "font_size": 10, "font_color": INK, "valign": "top", "reading_order": 1}
        return self.book.add_format({**plain, **options})

    def cell(self, kind: str = "text", **options: Any) -> Any:
        """Return the format of a kind of cell, with a thin rule under it."""
        kinds: dict[str, dict[str, Any]] = {
            "text": {"text_wrap": True, "align": "left"},
            "mark": {"num_format": "0.00"},
            "exact": {"num_format": "0.00####"},
            "money": {"num_format": self.money_format},
            "percent": {"num_format": "0.0 %"},
            "count": {"num_format": "0"},
            "free": {"num_format": "0.######"},
        }
        return self.format(**{"bottom": 1, "bottom_color": LINE, **kinds[kind], **options})

    def decimals(self, score: Fraction | None, threshold: Fraction | None = None) -> str:
        """Return how a score is written: as the agreement says, with more where it would hide a breach."""
        n = self.say.digits if score is None else self.say.decimals(score, threshold)
        return f"0.{'0' * n}" if n else "0"

    @property
    def money_format(self) -> str:
        return CURRENCIES.get(self.say.currency, f'#,##0.00 "{self.say.currency}"')

    def add_sheet(self, name: str, widths: list[float], *, is_wide: bool = True) -> Any:
        """Add a sheet that prints on one page's width, with the sheet's reference at the foot of every page."""
        page = self.book.add_worksheet(name)
        page.hide_gridlines(2)
        page.set_paper(9)
        if is_wide:
            page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_margins(0.6, 0.6, 0.7, 0.8)
        reference = f"{self.snapshot['reference']}-{self.snapshot['edition']}"
        page.set_footer(f"&L&8{reference}&R&8&P / &N")
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        self.widths[name] = widths
        return page

    def title(self, page: Any, text: str, note: str = "") -> None:
        page.set_row(0, 26)
        page.write_string(0, 0, text[:MAX_CELL], self.format(bold=True, font_size=16, valign="vcenter"))
        page.write_string(1, 0, note[:MAX_CELL], self.format(font_color=SOFT))

    def head(
        self, page: Any, row: int, headings: list[str], *, first_number: int = 1, left: tuple[int, ...] = ()
    ) -> None:
        for column, heading in enumerate(headings):
            is_number = column >= first_number and column not in left
            side = {"align": "right"} if is_number else {"align": "left", "indent": int(column in left)}
            page.write_string(
                row,
                column,
                heading,
                self.format(font_color=SOFT, font_size=9, bottom=1, bottom_color=SOFT, text_wrap=True, **side),
            )

    def text(self, page: Any, row: int, column: int, text: str, **options: Any) -> None:
        """Write text as text: whatever it begins with, it computes nothing."""
        page.write_string(row, column, text[:MAX_CELL], self.cell("text", **options))
        self._make_room(page, row, len(wrap(text, int(self.widths[page.name][column] * LETTERS))))

    def _make_room(self, page: Any, row: int, n_lines: int) -> None:
        """Make a row as high as its longest text needs: not every spreadsheet program does it by itself."""
        if n_lines > self.n_lines.get((page.name, row), 1):
            self.n_lines[page.name, row] = n_lines
            page.set_row(row, min(LINE_HEIGHT * n_lines, MAX_HEIGHT))

    def value(self, page: Any, row: int, column: int, value: Fraction | int | None, kind: str, **options: Any) -> None:
        if value is None:
            page.write_string(row, column, "", self.cell(kind, **options))
        else:
            page.write_number(row, column, float(value), self.cell(kind, **options))

    def formula(
        self,
        page: Any,
        row: int,
        column: int,
        formula: str,
        value: Fraction | int | str | None,
        kind: str,
        **options: Any,
    ) -> None:
        """Write a live formula together with the value that it had when the sheet was sealed."""
        shown: Any = "" if value is None else value if isinstance(value, str) else float(value)
        page.write_formula(row, column, formula, self.cell(kind, **options), shown)


def quoted(sheet: str) -> str:
    """Return a sheet's name as a formula writes it."""
    return "'" + sheet.replace("'", "''") + "'"


def letter_of(column: int) -> str:
    """Name a column as a formula does: A, B, ... AA."""
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))
