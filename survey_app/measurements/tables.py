"""Read a table of counts from a pasted text, a CSV or an XLSX, within limits."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from survey_app.errors import N_, Invalid
from survey_app.workbook_bounds import Bounds, Inside, look_inside

MAX_BYTES = 2 * 1024 * 1024
BOUNDS = Bounds(n_bytes=40 * 1024 * 1024)
MAX_ROWS = 2000
MAX_CELL = 2000
HEADERS = {
    "indicator": ("indicator", "indicateur", "line", "ligne"),
    "count": ("count", "decompte", "décompte"),
    "value": ("value", "valeur"),
    "date": ("date",),
    "note": ("note",),
}
NEEDED = ("indicator", "count", "value")


@dataclass(frozen=True)
class Row:
    """One row as people see it: its number in their file, its cells by name."""

    number: int
    cells: dict[str, str]


def read_table(name: str, content: bytes) -> list[Row]:
    """Return the rows of a file; its name says how to read it."""
    if len(content) > MAX_BYTES:
        raise Invalid(N_("This file is larger than 2 MB. Send the counts of one period only."), field="file")
    if content.startswith(b"PK\x03\x04") or name.lower().endswith(".xlsx"):
        return _rows(_spreadsheet_cells(content))
    return _rows(_text_cells(_decode(content)))


def read_pasted(text: str) -> list[Row]:
    """Return the rows pasted from a spreadsheet or a CSV."""
    return _rows(_text_cells(text))


def _decode(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What a French spreadsheet program writes when asked for CSV.
        return content.decode("cp1252", "replace")


def _text_cells(text: str) -> Iterator[list[str]]:
    first = text.lstrip("\n").split("\n", 1)[0]
    delimiter = max("\t;,", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    except csv.Error:
        raise Invalid(N_("This text is not a readable CSV. Check its quotation marks."), field="file") from None


def _spreadsheet_cells(content: bytes) -> Iterator[list[str]]:
    from python_calamine import CalamineError, CalamineWorkbook

    _refuse_bomb(content)
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
        rows = sheet.to_python()
    except (CalamineError, ValueError, IndexError):
        raise Invalid(N_("This spreadsheet cannot be read. Save it again as XLSX or CSV."), field="file") from None
    for row in rows[: MAX_ROWS + 2]:
        yield [_plain(cell) for cell in row]


def _refuse_bomb(content: bytes) -> None:
    found = look_inside(content, BOUNDS)
    if found is Inside.UNREADABLE:
        raise Invalid(N_("This spreadsheet cannot be read. Save it again as XLSX or CSV."), field="file")
    if found is Inside.TOO_LARGE:
        raise Invalid(N_("This spreadsheet is too large once unzipped. Send the counts alone."), field="file")


def _plain(cell: Any) -> str:
    if isinstance(cell, datetime):
        return date(cell.year, cell.month, cell.day).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)


def _rows(cells: Iterator[list[str]]) -> list[Row]:
    names: list[str] | None = None
    found: list[Row] = []
    for number, row in enumerate(cells, start=1):
        if not any(cell.strip() for cell in row):
            continue
        if names is None:
            names = _header(row)
            continue
        if len(found) >= MAX_ROWS:
            raise Invalid(N_("There are more than %(n)s rows. Send fewer at once."), field="file", n=MAX_ROWS)
        found.append(
            Row(
                number,
                {name: cell.strip()[:MAX_CELL] for name, cell in zip(names, row, strict=False) if name},
            )
        )
    if not found:
        raise Invalid(N_("There is no row to read. Give a header line, then one line per count."), field="file")
    return found


def _header(row: list[str]) -> list[str]:
    names = [_name_of(cell) for cell in row]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise Invalid(
            N_(
                "The first line must name the columns indicator, count and value (date and note may "
                "follow). Missing: %(names)s."
            ),
            field="file",
            names=", ".join(missing),
        )
    return names


def _name_of(cell: str) -> str:
    plain = cell.strip().casefold()
    return next((name for name, spellings in HEADERS.items() if plain in spellings), "")
