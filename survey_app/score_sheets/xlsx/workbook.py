"""Put the workbook together: one sheet per step, and the sealed figures at the end."""

from io import BytesIO

from survey_app.score_sheets.reading import exact
from survey_app.score_sheets.sealed import SealedEdition
from survey_app.score_sheets.wording import STATES, Words
from survey_app.score_sheets.xlsx.sealing import add_seal_sheet, seal_archive


def write_xlsx(sealed: SealedEdition, language: str, signing_key: bytes) -> bytes:
    """Render a sealed edition as a workbook; the same edition always gives the same bytes."""
    return seal_archive(build_workbook(sealed, language), signing_key)


def build_workbook(sealed: SealedEdition, language: str) -> bytes:
    import xlsxwriter

    buffer, say = BytesIO(), Words(language)
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    page = book.add_worksheet(say("Scores"))
    for row, line in enumerate(sealed.snapshot["lines"]):
        score = exact(line["exact"])
        page.write_string(row, 0, say.pick(line["label"]))
        if score is not None:
            page.write_number(row, 1, float(score))
        page.write_string(row, 2, say(STATES[line["state"]]))
    add_seal_sheet(book, sealed)
    book.close()
    return buffer.getvalue()
