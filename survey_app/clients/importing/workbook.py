"""Read the first sheet of an XLSX file, after making sure that it is as small as it says."""

import io
from collections.abc import Iterator
from datetime import date, datetime

from survey_app.errors import N_, Invalid
from survey_app.workbook_bounds import Bounds, Inside, look_inside

MAX_UNZIPPED_BYTES = 40 * 1024 * 1024
ZIP_MARK = b"PK\x03\x04"


def is_workbook(content: bytes) -> bool:
    return content.startswith(ZIP_MARK)


def read_workbook(content: bytes, max_rows: int, max_columns: int) -> Iterator[tuple[str, ...]]:
    """Yield the rows of the first sheet from its first line on, cells as a person reads them."""
    import python_calamine

    _refuse_bombs(content, max_rows, max_columns)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, IndexError):
        raise _unreadable() from None
    for row in rows:
        yield tuple(_write_cell(cell) for cell in row)


def _unreadable() -> Invalid:
    return Invalid(N_("The workbook cannot be read. Save it again as XLSX, or as CSV."))


def _refuse_bombs(content: bytes, max_rows: int, max_columns: int) -> None:
    # The first row holds the headings.
    bounds = Bounds(n_bytes=MAX_UNZIPPED_BYTES, n_rows=max_rows + 1, n_columns=max_columns)
    found = look_inside(content, bounds)
    if found is Inside.UNREADABLE:
        raise _unreadable()
    if found is Inside.TOO_LARGE:
        raise Invalid(N_("The workbook is larger inside than a list of contacts. Save the list alone in a new one."))


def _write_cell(cell: object) -> str:
    """Write a cell as it is read on the screen: 12 and not 12.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell).strip()
