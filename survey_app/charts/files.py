"""What leaves a page of results: its figures as CSV that runs nothing, its drawings as one archive."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from survey_app.charts.svg import Drawing

ACTIVE = ("=", "+", "-", "@", "\t", "\r")
PLAIN_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?\Z")
MINUS = "−"
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Table:
    """Figures as they are printed, one row a thing; the first column names it."""

    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Figure:
    """One chart of a page with the table of what it shows; its key names its file."""

    key: str
    title: str
    drawing: Drawing
    table: Table


def neutral_cell(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would run as a formula; a plain number runs nothing."""
    number = text.replace(MINUS, "-")
    if PLAIN_NUMBER.match(number):
        return number
    return f"'{text}" if text.startswith(ACTIVE) else text


def write_csv(table: Table, language: str) -> str:
    """Write the table as the language's spreadsheets read it: semicolons beside decimal commas."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";" if language == "fr" else ",", lineterminator="\r\n")
    for row in (table.header, *table.rows):
        writer.writerow([neutral_cell(cell) for cell in row])
    return BYTE_ORDER_MARK + written.getvalue()


def write_drawings(figures: Iterable[Figure]) -> bytes:
    """Pack the drawings, one SVG file each; the same drawings give the same bytes."""
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for figure in figures:
            # An entry made from its name alone bears the format's first day instead of today's.
            archive.writestr(ZipInfo(f"{figure.key}.svg"), figure.drawing.file(), ZIP_DEFLATED)
    return written.getvalue()
