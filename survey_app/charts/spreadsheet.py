"""Tables as CSV that a spreadsheet opens without running anything."""

import csv
import io
import re

from survey_app.charts.figure import Table

ACTIVE = ("=", "+", "-", "@", "\t", "\r")
PLAIN_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)?\Z")
MINUS = "−"
BYTE_ORDER_MARK = "\ufeff"


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
