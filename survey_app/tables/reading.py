"""Read a file or a pasted text as one table: its header found, its lines numbered as the person's program does."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar

from survey_app.errors import N_, Invalid
from survey_app.tables.csv_text import decode, split_records
from survey_app.tables.rules import plain
from survey_app.tables.workbooks import MAX_MERGED_ROWS, Sheet, is_workbook, read_workbook
from survey_app.validation import INVISIBLE

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_ROWS = 50_000
LONGEST_HEADING = 120
# The header stands within so many filled rows: what is above it is a title.
MAX_ROWS_ABOVE = 30
SHOWN_REMARKS = 15
TOTALS = frozenset(
    {"total", "totaux", "totals", "sous total", "subtotal", "grand total", "total general", "somme", "sum", "moyenne"}
)
EMPTY = N_("The file is empty. One line names the columns, and the lines under it hold one row each.")
NO_ROW = N_("The file has a line of column names and no row under it.")
TOO_MANY_BYTES = N_(
    "The file has more than %(max)s MB. Split it, or remove the sheets and columns that are not needed."
)
TOO_MANY_ROWS = N_("The file has more than %(max)s lines. Split it.")
UNSOLVED = N_("The cell holds a formula without its result. Open the file in your spreadsheet and save it once.")
MORE_CELLS = N_("The line has more cells than there are column names. Check its separators.")


@dataclass(frozen=True)
class Remark:
    """What a person should know of a file, in a sentence to be translated; it stops nothing."""

    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message % self.values if self.values else self.message


@dataclass(frozen=True)
class Problem:
    """What is wrong with one line, at a column where there is one; one problem and nothing is taken."""

    line: int
    column: str
    message: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", {self.column}" if self.column else "")
        return f"{place}: {Remark(self.message, self.values)}"


@dataclass(frozen=True)
class Row:
    """One row, with its line as the person's program numbers it, and its cells that have no result."""

    line: int
    cells: tuple[str, ...]
    unsolved: frozenset[int] = frozenset()

    def cell(self, column: int) -> str:
        return self.cells[column] if column < len(self.cells) else ""


@dataclass(frozen=True)
class Table:
    """What was read: the names of the columns, the rows under them, and what was noticed on the way."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]
    remarks: tuple[Remark, ...]

    def values(self, column: int) -> list[str]:
        """Return what stands in a column, without its empty cells."""
        return [cell for row in self.rows if (cell := row.cell(column))]

    def faults(self, row: Row, columns: Sequence[int]) -> list[Problem]:
        """Return what keeps a row from being read in the columns that are taken, whatever they hold."""
        unsolved = [Problem(row.line, self.headers[column], UNSOLVED) for column in columns if column in row.unsolved]
        has_more = any(row.cells[len(self.headers) :])
        return [*unsolved, *([Problem(row.line, "", MORE_CELLS)] if has_more else [])]


def summarise(remarks: Sequence[Remark]) -> list[Remark]:
    """Return the remarks that a person can read at once, and how many more there are."""
    if len(remarks) <= SHOWN_REMARKS:
        return list(remarks)
    more = Remark(N_("More remarks of the same kinds: %(n)s."), {"n": len(remarks) - SHOWN_REMARKS})
    return [*remarks[:SHOWN_REMARKS], more]


ColumnT = TypeVar("ColumnT", bound=StrEnum)
RowT = TypeVar("RowT")


@dataclass(frozen=True)
class Understood(Generic[RowT]):
    """What the rows of a table say; their problems, of which one is enough to take nothing; what should be known."""

    rows: list[RowT] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


@dataclass(frozen=True)
class TableKind(Generic[ColumnT, RowT]):
    """A kind of table that a room takes: what its columns may hold, and how its rows are understood."""

    labels: Mapping[ColumnT, Any]
    headings: Mapping[ColumnT, re.Pattern[str]]
    # Refuses columns with which nothing can be read.
    check: Callable[[Sequence[ColumnT | None]], None]
    guess: Callable[[Table], list[ColumnT | None]]
    understand: Callable[[Table, Sequence[ColumnT | None]], Understood[RowT]]

    def read(self, content: bytes) -> Table:
        return read_table(content, self.headings)


def columns_named(headings: Mapping[ColumnT, re.Pattern[str]], header: str) -> list[ColumnT]:
    """Return what a column of this heading may hold."""
    return [column for column, pattern in headings.items() if pattern.fullmatch(plain(header[:LONGEST_HEADING]))]


def refuse_doubles(columns: Sequence[ColumnT | None], *, but: ColumnT | None = None) -> None:
    """Refuse two columns for one thing."""
    chosen = [column for column in columns if column not in {None, but}]
    if len(chosen) != len(set(chosen)):
        raise Invalid(N_("Two columns are said to hold the same thing. Choose one of them."))


def read_table(content: bytes, headings: Mapping[Any, re.Pattern[str]]) -> Table:
    """Return the table of a file; its content decides how it is read, not its name.

    By the headings that name a column here, the line of names is known from the titles above it.
    """
    if len(content) > MAX_FILE_BYTES:
        raise Invalid(TOO_MANY_BYTES, max=MAX_FILE_BYTES // (1024 * 1024))
    rows, remarks = _sheet_rows(content) if is_workbook(content) else _text_rows(content)
    rows, n_cleaned = _without_invisible(rows)
    filled = [row for row in rows if any(row.cells) or row.unsolved]
    if not filled:
        raise Invalid(EMPTY)
    header, body, told = _find_header(filled, headings)
    body, totals = _without_totals(body)
    if not body:
        raise Invalid(NO_ROW)
    if len(body) > MAX_ROWS:
        raise Invalid(TOO_MANY_ROWS, max=MAX_ROWS)
    remarks += [*told, *totals]
    if n_cleaned:
        remarks.append(Remark(N_("Invisible characters were taken out (cells: %(n)s)."), {"n": n_cleaned}))
    return Table(header, tuple(body), tuple(remarks))


def _text_rows(content: bytes) -> tuple[list[Row], list[Remark]]:
    text, encoding = decode(content)
    found = split_records(text)
    remarks = [
        Remark(
            N_("Read as a text in %(encoding)s, columns separated by “%(separator)s”."),
            {"encoding": encoding, "separator": found.separator if found.separator != "\t" else "tab"},
        )
    ]
    if found.suspect:
        remarks.append(
            Remark(
                N_("“%(text)s” looks like accents that an earlier conversion broke. Check the names below."),
                {"text": found.suspect},
            )
        )
    rows = [Row(line, tuple(cell.strip() for cell in cells)) for line, cells in enumerate(found.records, start=1)]
    return rows, remarks


def _sheet_rows(content: bytes) -> tuple[list[Row], list[Remark]]:
    sheet = read_workbook(content)
    remarks = [Remark(N_("Read from the sheet “%(name)s”."), {"name": sheet.name})]
    if sheet.other_names:
        remarks.append(
            Remark(
                N_("Other sheets were not read: %(names)s. To read one, save the workbook with that sheet in front."),
                {"names": ", ".join(sheet.other_names)},
            )
        )
    if sheet.hidden_names:
        remarks.append(Remark(N_("Hidden sheets were not read: %(names)s."), {"names": ", ".join(sheet.hidden_names)}))
    remarks += _fill_merged(sheet)
    unsolved: dict[int, set[int]] = {}
    for line, column in sheet.unsolved:
        unsolved.setdefault(line, set()).add(column)
    rows: list[Row] = []
    hidden: list[Row] = []
    for number, cells in enumerate(sheet.rows):
        row = Row(
            number + 1,
            tuple(cell.strip() for cell in cells),
            frozenset(unsolved.get(number, ())),
        )
        is_hidden = number in sheet.hidden_rows and any(row.cells)
        (hidden if is_hidden else rows).append(row)
    if hidden:
        remarks.append(
            Remark(
                N_("Rows hidden by a filter or by hand were left out (%(n)s): %(lines)s."),
                {"n": len(hidden), "lines": _lines(hidden)},
            )
        )
    return rows, remarks


def _fill_merged(sheet: Sheet) -> list[Remark]:
    """Let the value of a merged cell serve each of its rows."""
    remarks = []
    n_left = MAX_MERGED_ROWS
    for top, bottom, column in sheet.merged:
        n_left -= max(bottom - top, 0)
        if bottom == top or top >= len(sheet.rows) or n_left < 0:
            continue
        value = sheet.rows[top][column] if column < len(sheet.rows[top]) else ""
        for number in range(top + 1, min(bottom + 1, len(sheet.rows))):
            line = sheet.rows[number]
            if value and column < len(line) and any(line) and not line[column]:
                line[column] = value
        if value:
            remarks.append(
                Remark(
                    N_("“%(value)s” stands in a merged cell: it serves lines %(first)s to %(last)s."),
                    {"value": value[:40], "first": top + 1, "last": bottom + 1},
                )
            )
    return remarks


def _without_invisible(rows: list[Row]) -> tuple[list[Row], int]:
    cleaned, n_cleaned = [], 0
    for row in rows:
        cells = tuple(INVISIBLE.sub("", cell).strip() for cell in row.cells)
        n_cleaned += sum(before != after for before, after in zip(row.cells, cells, strict=True))
        cleaned.append(row if cells == row.cells else replace(row, cells=cells))
    return cleaned, n_cleaned


def _find_header(
    filled: list[Row], headings: Mapping[Any, re.Pattern[str]]
) -> tuple[tuple[str, ...], list[Row], list[Remark]]:
    """Find the line that names the columns; a list that begins with an address has none, and gets letters."""
    first = filled[:MAX_ROWS_ABOVE]
    scores = [len({plain(cell) for cell in row.cells if columns_named(headings, cell)}) for row in first]
    widths = [sum(1 for cell in row.cells if cell) for row in first]
    if max(scores) >= 2 or (max(scores) == 1 and max(widths) == 1):
        place = scores.index(max(scores))
    else:
        place = next(number for number, width in enumerate(widths) if 2 * width > max(widths))
    if scores[place] == 0 and any("@" in cell for cell in filled[place].cells):
        letters = tuple(_letters(column) for column in range(max(len(row.cells) for row in filled)))
        return letters, filled[place:], [Remark(N_("No line names the columns: they are called A, B, C."))]
    header = filled[place]
    n_columns = max((number for number, cell in enumerate(header.cells, start=1) if cell), default=0)
    told = [Remark(N_("The columns are named at line %(line)s."), {"line": header.line})] if place else []
    return header.cells[:n_columns], filled[place + 1 :], told


def _letters(column: int) -> str:
    return chr(ord("A") + column) if column < 26 else _letters(column // 26 - 1) + chr(ord("A") + column % 26)


def _without_totals(rows: list[Row]) -> tuple[list[Row], list[Remark]]:
    """Leave out the rows that sum up the others: they name a total, and no address."""
    totals = [row for row in rows if any(_is_total(cell) for cell in row.cells) and not _has_address(row)]
    if not totals:
        return rows, []
    told = Remark(N_("Rows of totals were left out: %(lines)s."), {"lines": _lines(totals)})
    lines = {row.line for row in totals}
    return [row for row in rows if row.line not in lines], [told]


def _is_total(cell: str) -> bool:
    return len(cell) < 30 and plain(cell) in TOTALS


def _has_address(row: Row) -> bool:
    return any("@" in cell for cell in row.cells)


def _lines(rows: Sequence[Row]) -> str:
    shown = ", ".join(str(row.line) for row in rows[:20])
    return f"{shown}…" if len(rows) > 20 else shown
