"""Themes and the whole: weighted means of the lines that could be measured, live."""

from typing import Any

from survey_app.errors import N_
from survey_app.score_sheets.reading import exact
from survey_app.score_sheets.wording import OBLIGORS, SUBJECTS
from survey_app.score_sheets.xlsx.book import Book, quoted
from survey_app.score_sheets.xlsx.marks import HEAD, PARTY, SCORE, THEME, WEIGHT, letter_of

FIRST_ROW = 4


def write_means(book: Book) -> None:
    say, means = book.say, book.snapshot["means"]
    name = say(N_("Themes"))
    page = book.add_sheet(name, [44.0, 16, 12, 12], is_wide=False)
    book.title(
        page,
        say(N_("From the lines to the themes and the whole")),
        say(N_("Each mean is weighted by the agreement; a line that could not be measured has no weight.")),
    )
    book.head(
        page, FIRST_ROW - 1, [say(N_("Theme")), say(N_("Owed by")), say(N_("Weight")), say(N_("Mark"))], first_number=2
    )
    ordered = sorted(means, key=lambda mean: (mean["party"], mean["key"] == "overall"))
    for place, mean in enumerate(ordered):
        row = FIRST_ROW + place
        _write_mean(book, page, row, mean)
        if mean["party"] == "agency":
            book.scores[mean["key"]] = f"{quoted(name)}!$D${row + 1}"
            book.weights[mean["key"]] = f"{quoted(name)}!$C${row + 1}"


def _write_mean(book: Book, page: Any, row: int, mean: dict[str, Any]) -> None:
    say, is_whole = book.say, mean["key"] == "overall"
    n_lines = len(book.snapshot["lines"])
    sheet = quoted(say(N_("Marks")))

    def column(index: int) -> str:
        return f"{sheet}!${letter_of(index)}${HEAD + 2}:${letter_of(index)}${HEAD + 1 + n_lines}"

    score, weight = column(SCORE), column(WEIGHT)
    chosen = f'({column(PARTY)}="{mean["party"]}")' + ("" if is_whole else f'*({column(THEME)}="{mean["key"]}")')
    counted = f"SUMPRODUCT({chosen}*ISNUMBER({score})*{weight})"
    book.text(page, row, 0, say(SUBJECTS.get(mean["key"], mean["key"])), bold=is_whole)
    book.text(page, row, 1, say(OBLIGORS[mean["party"]]))
    book.formula(page, row, 2, f"={counted}", exact(mean["weight"]), "free")
    # A text in the column of scores counts as nothing only through SUMPRODUCT's own comma.
    total = f"SUMPRODUCT({chosen}*ISNUMBER({score})*{weight},{score})"
    value = exact(mean["exact"])
    live = f'=IF(C{row + 1}=0,"",{total}/C{row + 1})'
    book.formula(page, row, 3, live, value, "mark", bold=is_whole, num_format=book.decimals(value))
