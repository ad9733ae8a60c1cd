"""The first sheet: the amount and the whole, and what the workbook is."""

from math import ceil
from textwrap import wrap
from typing import Any

from survey_app.errors import N_
from survey_app.score_sheets.reading import exact, number
from survey_app.score_sheets.sealed import SealedEdition
from survey_app.score_sheets.shown.sheet import ShownSheet
from survey_app.score_sheets.xlsx.book import MAX_CELL, SOFT, Book

# What fits a row of the wide column, in letters and in points; a row may not exceed 409 points.
LINE_LENGTH, LINE_HEIGHT = 92, 13.5
MAX_ROW = 30 * LINE_LENGTH


def write_summary(book: Book, page: Any, sealed: SealedEdition, sheet: ShownSheet) -> None:
    """Write last what stands first: its figures point to the other sheets."""
    say = book.say
    book.title(page, sheet.client, f"{sheet.title} · {sheet.period}")
    row = 3
    if sheet.money is not None:
        amount = number(book.snapshot["bonus"]["amount"])
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
