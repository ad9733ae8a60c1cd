"""Put the workbook together: a summary, one sheet per step, and the sealed figures at the end."""

import json
from datetime import UTC, datetime
from fractions import Fraction
from io import BytesIO
from math import ceil
from textwrap import wrap
from typing import Any

from survey_app.errors import N_
from survey_app.score_sheets.sheet import ShownSheet, show_sheet
from survey_app.score_sheets.signing import SEAL_LENGTH, file_seal
from survey_app.score_sheets.snapshot import SealedEdition, exact, spell, write_json
from survey_app.score_sheets.wording import words_for
from survey_app.score_sheets.xlsx.book import MAX_CELL, SOFT, Book
from survey_app.score_sheets.xlsx.money import write_money
from survey_app.score_sheets.xlsx.results import write_facts, write_marks, write_means
from survey_app.workbook_bounds import Inside, look_inside

# A property that spreadsheets insist on; the sheet's own date is in its cells.
TIMELESS = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
# What fits a row of the wide column, in letters and in points; a row may not exceed 409 points.
LINE_LENGTH, LINE_HEIGHT = 92, 13.5
MAX_ROW = 30 * LINE_LENGTH
ARCHIVE_END = b"PK\x05\x06"
SEAL_SHEET = "JSON"
CHUNK = 30_000


def write_xlsx(sealed: SealedEdition, language: str, signing_key: bytes) -> bytes:
    """Render a sealed edition as a workbook; the same edition always gives the same bytes."""
    return _seal_archive(build_workbook(sealed, language), signing_key)


def build_workbook(sealed: SealedEdition, language: str) -> bytes:
    import xlsxwriter

    buffer = BytesIO()
    workbook = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    workbook.set_properties({"title": sealed.file_name, "created": TIMELESS})
    say = words_for(sealed.snapshot, language)
    book = Book(workbook, sealed.snapshot, say)
    summary = book.add_sheet(say(N_("Summary")), [34.0, 76], is_wide=False)
    write_marks(book)
    write_facts(book)
    write_means(book)
    write_money(book)
    _write_summary(book, summary, sealed, show_sheet(sealed, language))
    _add_seal_sheet(workbook, sealed)
    workbook.close()
    return buffer.getvalue()


def _write_summary(book: Book, page: Any, sealed: SealedEdition, sheet: ShownSheet) -> None:
    """Write last what stands first: its figures point to the other sheets."""
    say = book.say
    book.title(page, sheet.client, f"{sheet.title} · {sheet.period}")
    row = 3
    if sheet.money is not None:
        amount = Fraction(book.snapshot["bonus"]["amount"])
        big = {"bold": True, "font_size": 20}
        page.write_string(row, 0, say(N_("Amount due to the agency")), book.format(font_color=SOFT))
        page.set_row(row + 1, 30)
        page.write_formula(
            row + 1, 0, f"={book.amount}", book.format(num_format=book.money_format, align="left", **big), float(amount)
        )
        page.write_string(row + 2, 0, sheet.money.sentence, book.format(font_color=SOFT))
        row += 4
    whole = next((m for m in book.snapshot["means"] if m["key"] == "overall" and m["party"] == "agency"), None)
    if whole is not None:
        page.write_string(row, 0, say(N_("The agency's overall mark")), book.format(font_color=SOFT))
        mark = book.format(num_format=book.decimals(exact(whole["exact"])), bold=True, align="left")
        page.write_formula(row, 1, f"={book.scores['overall']}", mark, float(exact(whole["exact"]) or 0))
        row += 1
    if sheet.reason:
        row = _write_pairs(book, page, row, [(say(N_("New edition")), sheet.reason)])
    row = _write_pairs(book, page, row, [(say(N_("Answers")), sheet.answered), (say(N_("Issued")), sheet.issued)])
    row = _write_pairs(book, page, row + 1, [(say(N_("Population")), ""), *sheet.population])
    for label, sentences in ((N_("Contested"), sheet.contests), (N_("To read with care"), sheet.cautions)):
        row = _write_pairs(book, page, row + 1, [(say(label), sentence) for sentence in sentences])
    _write_pairs(book, page, row + 1, list(sheet.proof))


def _write_pairs(book: Book, page: Any, row: int, pairs: list[tuple[str, str]]) -> int:
    for label, value in pairs:
        for place, piece in enumerate(_pieces(value)):
            page.write_string(row, 0, "" if place else label[:MAX_CELL], book.format(font_color=SOFT))
            page.write_string(row, 1, piece, book.format(text_wrap=True, align="left"))
            page.set_row(row, LINE_HEIGHT * _n_lines(piece))
            row += 1
    return row


def _n_lines(text: str) -> int:
    return sum(max(1, ceil(len(line) / LINE_LENGTH)) for line in text.split("\n"))


def _pieces(text: str) -> list[str]:
    """Cut a long text into rows that a spreadsheet can show whole: no row is taller than a page."""
    return wrap(text, MAX_ROW, replace_whitespace=False, break_on_hyphens=False) or [""]


def _seal_archive(archive: bytes, signing_key: bytes) -> bytes:
    """Write the seal where an archive keeps its comment: spreadsheets ignore it and drop it when they save."""
    body = archive[:-2] + SEAL_LENGTH.to_bytes(2, "little")
    return body + file_seal(signing_key, body)


def split_archive(content: bytes) -> tuple[bytes, bytes]:
    return content[:-SEAL_LENGTH], content[-SEAL_LENGTH:]


def is_saved_again(content: bytes) -> bool:
    """Tell whether a spreadsheet program wrote the archive anew: it ends without any comment."""
    return content[-22:-18] == ARCHIVE_END and content[-2:] == b"\0\0"


def _add_seal_sheet(book: Any, sealed: SealedEdition) -> None:
    """Keep the signed figures in cells, in plain ASCII, so that they survive being saved by any program."""
    page = book.add_worksheet(SEAL_SHEET)
    page.hide()
    text = json.dumps(json.loads(write_json(sealed)), sort_keys=True, separators=(",", ":"))
    for row, start in enumerate(range(0, len(text), CHUNK)):
        page.write_string(row, 0, text[start : start + CHUNK])


def read_sealed_json(content: bytes) -> bytes | None:
    """Return the signed figures as the JSON twin spells them, or None where they cannot be read."""
    from python_calamine import CalamineError, CalamineWorkbook

    if look_inside(content) is not Inside.BOUNDED:
        return None
    try:
        rows = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name(SEAL_SHEET).to_python()
        return spell(json.loads("".join(str(row[0]) for row in rows)))
    except (CalamineError, ValueError, OSError, IndexError, RecursionError):
        return None
