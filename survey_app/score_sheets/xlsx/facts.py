"""The counts of the period, and the ratios that stand beside the marks: live over the counts."""

import re
from typing import Any

from survey_app.errors import N_
from survey_app.measurements.rules import period_name
from survey_app.score_sheets.reading import exact, number
from survey_app.score_sheets.xlsx.book import Book

FIRST_ROW = 4
LINE, PERIOD, COUNT, VALUE = range(4)
NAME = re.compile(r"[A-Za-z_]\w*")


def write_facts(book: Book) -> None:
    """Write one row a count, then one row a ratio; a sheet without facts has no such page."""
    say, facts = book.say, book.snapshot["facts"]
    if not facts:
        return
    page = book.add_sheet(say(N_("Facts")), [44.0, 20, 48, 14])
    book.title(
        page,
        say(N_("From the counts to the ratios")),
        say(N_("What was counted and validated; a ratio beside a mark is no part of it.")),
    )
    book.head(
        page, FIRST_ROW - 1, [say(N_("Line")), say(N_("Period")), say(N_("Count")), say(N_("Value"))], first_number=3
    )
    page.freeze_panes(FIRST_ROW, 1)
    page.repeat_rows(FIRST_ROW - 1)
    labels = {line["key"]: say.pick(line["label"]) for line in book.snapshot["lines"]}
    row = FIRST_ROW
    cells: dict[tuple[str, str], list[str]] = {}
    for fact in facts:
        for key, value in fact["counts"].items():
            names = fact.get("count_labels", {})
            book.text(page, row, LINE, labels.get(fact["line"], fact["line"]))
            book.text(page, row, PERIOD, period_name(fact["period"], say.language))
            book.text(page, row, COUNT, say.pick(names[key]) if key in names else key)
            book.value(page, row, VALUE, number(value), "free")
            row += 1
            cells.setdefault((fact["line"], key), []).append(f"D{row}")
    _write_companions(book, page, row + 1, cells)


def _write_companions(book: Book, page: Any, row: int, cells: dict[tuple[str, str], list[str]]) -> None:
    for line in book.snapshot["lines"]:
        for companion in line.get("companions", ()):
            value = exact(companion["exact"])
            book.text(page, row, LINE, book.say.pick(line["label"]))
            book.text(page, row, PERIOD, "")
            book.text(page, row, COUNT, book.say.pick(companion["label"]), bold=True)
            ratio = _live(companion["expression"], line["key"], cells)
            shown = None if value is None else value / 100
            book.formula(page, row, VALUE, f'=IFERROR(({ratio})/100,"")', shown, "percent", bold=True)
            row += 1


def _live(expression: str, line: str, cells: dict[tuple[str, str], list[str]]) -> str:
    """Write a ratio over the cells of its counts; over several periods it is the ratio of their means."""
    return NAME.sub(lambda found: f"AVERAGE({','.join(cells[line, found.group()])})", expression)
