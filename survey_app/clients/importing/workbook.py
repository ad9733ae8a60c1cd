"""Read the first sheet of an XLSX file, after making sure that it is as small as it says."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime

from survey_app.errors import N_, Invalid

MAX_UNZIPPED_BYTES = 40 * 1024 * 1024
MAX_PARTS = 500
ZIP_MARK = b"PK\x03\x04"
# A row or a cell says where it stands, as r="12" or r="AB12".
PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,4})(\d{1,9})["']""")
ROW = re.compile(rb"<(?:\w+:)?row[\s/>]")
CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")


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
    """Unzip every part up to what it announces: a part that lies about its size fails its checksum."""
    too_large = Invalid(N_("The workbook is larger inside than a list of contacts. Save the list alone in a new one."))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNZIPPED_BYTES:
                raise too_large
            for part in parts:
                if _is_too_wide(archive.read(part), max_rows, max_columns):
                    raise too_large
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError):
        raise _unreadable() from None


def _is_too_wide(part: bytes, max_rows: int, max_columns: int) -> bool:
    """Tell whether a cell stands so far away that the reader would fill all the empty ones before it."""
    if part.startswith((b"\xff\xfe", b"\xfe\xff")) or len(ROW.findall(part)) > max_rows + 1:
        return True
    if any(len(CELL.findall(row)) > max_columns for row in ROW.split(part)[1:]):
        return True
    return any(int(row) > max_rows + 1 or _column_number(letters) > max_columns for letters, row in PLACE.findall(part))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number


def _write_cell(cell: object) -> str:
    """Write a cell as it is read on the screen: 12 and not 12.0."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell).strip()
