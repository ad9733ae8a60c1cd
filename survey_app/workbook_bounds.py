"""Tell whether a workbook is small inside, before a reader makes room for every empty cell of it."""

import re
import zipfile
import zlib
from io import BytesIO

MOST_BYTES = 64 * 1024 * 1024
MOST_PARTS = 500
MOST_CELLS = 2_000_000
LONGEST_COLUMN = 3
# A row or a cell says where it stands, as r="12" or r="AB12"; one that does not follows the one before.
PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)(\d+)["']""")
ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])")
CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
TWO_BYTES_A_SIGN = (b"\xff\xfe", b"\xfe\xff")


def is_bounded(content: bytes) -> bool:
    """Unzip every part up to what it announces: one that lies about its size fails its checksum."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
                return False
            return all(_is_small(archive.read(part)) for part in parts)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError):
        return False


def _is_small(part: bytes) -> bool:
    """Tell whether the rectangle up to the farthest cell can be filled; a row without a cell fills nothing."""
    if part.startswith(TWO_BYTES_A_SIGN):
        return False
    rows = ROW.split(part)
    n_rows, n_columns = len(rows), 0
    for row in rows:
        n_cells = len(CELL.findall(row))
        places = set(PLACE.findall(row)) if n_cells else ()
        if any(len(letters) > LONGEST_COLUMN for letters, _ in places):
            return False
        n_rows = max([n_rows, *(int(number) for _, number in places)])
        n_columns = max([n_columns, n_cells, *(_column_number(letters) for letters, _ in places)])
    return n_rows * n_columns <= MOST_CELLS


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
