"""Tell whether a workbook is small inside, before a reader makes room for every empty cell of it."""

import re
import zipfile
import zlib
from dataclasses import dataclass
from enum import Enum, auto
from io import BytesIO

LONGEST_COLUMN, LONGEST_ROW = 3, 7
CHUNK = 64 * 1024
# A row or a cell says where it stands, as r="12" or r="AB12"; one that does not follows the one before.
PLACE = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]*)(\d+)["']""")
ROW = re.compile(rb"<(?:\w+:)?row(?=[\s/>])")
# A cell that holds nothing makes no room: a format alone reaches the last row of many workbooks.
CELL = re.compile(rb"<(?:\w+:)?c(?=[\s>])[^>]*(?<!/)>")
TWO_BYTES_A_SIGN = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Bounds:
    """How much a workbook may unzip to, and how large the rectangle up to the farthest cell of a sheet may be."""

    n_bytes: int = 64 * 1024 * 1024
    n_parts: int = 500
    n_rows: int = 1_048_576
    n_columns: int = 16_384
    n_cells: int = 2_000_000


class Inside(Enum):
    """What was found inside a workbook."""

    BOUNDED = auto()
    TOO_LARGE = auto()
    UNREADABLE = auto()


ORDINARY = Bounds()


def look_inside(content: bytes, bounds: Bounds = ORDINARY) -> Inside:
    """Unzip part after part within the total that they announce; one that holds more than it says is unreadable."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > bounds.n_parts or sum(part.file_size for part in parts) > bounds.n_bytes:
                return Inside.TOO_LARGE
            is_small = all(_is_small(read_part(archive, part), bounds) for part in parts)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, ValueError):
        return Inside.UNREADABLE
    return Inside.BOUNDED if is_small else Inside.TOO_LARGE


def read_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """Unzip one part, and stop as soon as it holds more than it announces.

    What is announced is put aside while reading: this reader would stop there with a right checksum, and the next
    one, which looks at the stream alone, would not.
    """
    announced, part.file_size = part.file_size, part.file_size + 2 * CHUNK
    chunks: list[bytes] = []
    n_read = 0
    try:
        with archive.open(part) as opened:
            while chunk := opened.read(CHUNK):
                chunks.append(chunk)
                n_read += len(chunk)
                if n_read > announced:
                    raise zipfile.BadZipFile
    finally:
        part.file_size = announced
    if n_read != announced:
        raise zipfile.BadZipFile
    return b"".join(chunks)


def _is_small(part: bytes, bounds: Bounds) -> bool:
    """Tell whether the rectangle up to the farthest cell can be filled; a row without a cell fills nothing."""
    if part.startswith(TWO_BYTES_A_SIGN):
        return False
    rows = ROW.split(part)
    n_rows, n_columns = len(rows) - 1, 0
    for row in rows:
        n_cells = len(CELL.findall(row))
        places = set(PLACE.findall(row)) if n_cells else ()
        if any(len(letters) > LONGEST_COLUMN or len(number) > LONGEST_ROW for letters, number in places):
            return False
        n_rows = max([n_rows, *(int(number) for _, number in places)])
        n_columns = max([n_columns, n_cells, *(_column_number(letters) for letters, _ in places)])
    is_within = n_rows <= bounds.n_rows and n_columns <= bounds.n_columns
    return is_within and n_rows * n_columns <= bounds.n_cells


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - ord("A") + 1
    return number
