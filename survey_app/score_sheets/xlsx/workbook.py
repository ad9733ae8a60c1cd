"""Put the workbook together: one sheet per step, and the sealed figures at the end."""

from datetime import UTC, datetime
from io import BytesIO

from survey_app.errors import N_
from survey_app.score_sheets.sealed import SealedEdition
from survey_app.score_sheets.shown.sheet import show_sheet
from survey_app.score_sheets.wording import words_for
from survey_app.score_sheets.xlsx.book import Book
from survey_app.score_sheets.xlsx.facts import write_facts
from survey_app.score_sheets.xlsx.marks import write_marks
from survey_app.score_sheets.xlsx.means import write_means
from survey_app.score_sheets.xlsx.money import write_money
from survey_app.score_sheets.xlsx.sealing import add_seal_sheet, seal_archive
from survey_app.score_sheets.xlsx.summary import write_summary

# A property that spreadsheets insist on; the sheet's own date is in its cells.
TIMELESS = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)


def write_xlsx(sealed: SealedEdition, language: str, signing_key: bytes) -> bytes:
    """Render a sealed edition as a workbook; the same edition always gives the same bytes."""
    return seal_archive(build_workbook(sealed, language), signing_key)


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
    write_summary(book, summary, sealed, show_sheet(sealed, language))
    add_seal_sheet(workbook, sealed)
    workbook.close()
    return buffer.getvalue()
