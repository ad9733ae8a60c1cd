"""Read a CSV file or a workbook as rows of text, each with its line, and refuse what would choke us."""

import csv
import io
from dataclasses import dataclass

from survey_app.clients.importing.workbook import is_workbook, read_workbook
from survey_app.errors import N_, Invalid

MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_ROWS = 50_000
MAX_COLUMNS = 50
MAX_CELL = 2_000
DELIMITERS = (";", ",", "\t")


@dataclass(frozen=True)
class Row:
    """One row and the line where it starts in the file, as a spreadsheet numbers it."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    headers: tuple[str, ...]
    rows: tuple[Row, ...]


def read_table(content: bytes) -> Table:
    """Return the headers and the rows that are not empty; the content decides the format, not the name."""
    if len(content) > MAX_FILE_BYTES:
        raise Invalid(
            N_("The file has more than %(max)s MB. Split it, or remove the sheets and columns that are not needed."),
            max=MAX_FILE_BYTES // (1024 * 1024),
        )
    if is_workbook(content):
        rows = [Row(line, cells) for line, cells in enumerate(read_workbook(content, MAX_ROWS, MAX_COLUMNS), start=1)]
    else:
        rows = _read_csv(_decode(content))
    filled = [row for row in rows if any(row.cells)]
    if not filled:
        raise Invalid(N_("The file is empty. Its first line names the columns, the others are the contacts."))
    return _shape(filled)


def _shape(rows: list[Row]) -> Table:
    header, *others = rows
    if len(header.cells) > MAX_COLUMNS:
        raise Invalid(N_("The file has more than %(max)s columns. Keep those of the contacts."), max=MAX_COLUMNS)
    if not others:
        raise Invalid(N_("The file has a line of column names and no contact under it."))
    return Table(header.cells, tuple(others))


def _decode(content: bytes) -> str:
    """Read UTF-8, with its mark or without, and else the Windows encoding that spreadsheets write in France."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _read_csv(text: str) -> list[Row]:
    first_line = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first_line.count)
    rows, line = [], 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for cells in reader:
            rows.append(Row(line, tuple(cell.strip()[: MAX_CELL + 1] for cell in cells)))
            line = reader.line_num + 1
            if len(rows) > MAX_ROWS + 1:
                raise Invalid(N_("The file has more than %(max)s lines. Split it."), max=MAX_ROWS)
    except csv.Error:
        raise Invalid(
            N_("The file cannot be read at line %(line)s. Save it again as CSV or XLSX."), line=line
        ) from None
    return rows
