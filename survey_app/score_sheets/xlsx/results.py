"""From the marks and the counts to the lines, the themes and the whole, live."""

import re
from fractions import Fraction
from typing import Any

from survey_app.errors import N_
from survey_app.measurements.rules import period_name
from survey_app.score_sheets.snapshot import exact, is_mean_of_marks
from survey_app.score_sheets.wording import OBLIGORS, STATES, SUBJECTS
from survey_app.score_sheets.xlsx.book import SOFT, STATE_COLOURS, STATE_SHAPES, Book, letter_of, quoted
from survey_app.translation import lazy_pgettext

HEAD = 3
(
    LABEL,
    WEIGHT,
    THRESHOLD,
    POPULATION,
    ANSWERED,
    TOTAL,
    SURVEY,
    FACT,
    SHARE,
    SCORE,
    BELOW,
    LOW,
    HIGH,
    STATE,
    CODE,
    THEME,
    PARTY,
    FIRST_MARK,
) = range(18)
WIDTHS = [34.0, 6, 6, 8, 8, 8, 8, 8, 9, 7, 10, 6, 6, 18, 13, 11, 9]
MARK_WIDTH = 5.0
# Enough decimals to undo the rounding of machine numbers, and few enough to keep exact comparisons.
NEAR = 9

FIRST_ROW = 4
# The columns of the counts.
LINE, PERIOD, COUNT, VALUE = range(4)
NAME = re.compile(r"[A-Za-z_]\w*")

FROM_MARKS = N_(
    "Change a mark at the right and everything follows. The marks stand in rising order: no column is a person."
)
FROM_TOTALS = N_(
    "Change a sum or a number of answers and everything follows. Single marks are not handed out: people were"
    " promised so."
)
FIXED_SHARES = N_(
    "Where roles count for fixed shares, a line's survey mark stays as sealed: changing a mark or a sum does not move"
    " it."
)


def write_marks(book: Book) -> None:
    """Write one row a line: its marks at the right, the formulas that they feed at the left."""
    say, lines = book.say, book.snapshot["lines"]
    n_marks = max((len(line["marks"] or ()) for line in lines), default=0)
    name = say(N_("Marks"))
    page = book.add_sheet(name, WIDTHS + [MARK_WIDTH] * n_marks)
    book.title(
        page,
        say(N_("From the marks to each line's score")),
        say(FROM_MARKS if n_marks else FROM_TOTALS),
    )
    if any(line["is_over_roles"] and line["marks_total"] is not None for line in lines):
        page.write_string(2, 0, say(FIXED_SHARES), book.format(font_color=SOFT))
    page.set_row(HEAD, 26)
    headings = (
        N_("Line"),
        N_("Weight"),
        N_("Threshold"),
        N_("Asked"),
        N_("Answered"),
        N_("Sum"),
        N_("Survey"),
        N_("Facts"),
        N_("Survey's share"),
        N_("Mark"),
        N_("Below the threshold"),
        N_("Low"),
        N_("High"),
        N_("State"),
        lazy_pgettext("number of a state", "Code"),
        N_("Theme"),
        N_("Owed by"),
    )
    book.head(
        page, HEAD, [say(heading) for heading in headings] + [str(place + 1) for place in range(n_marks)], left=(STATE,)
    )
    page.freeze_panes(HEAD + 1, 1)
    page.repeat_rows(HEAD)
    page.set_column(CODE, PARTY, None, None, {"hidden": True})
    for place, line in enumerate(lines):
        row = HEAD + 1 + place
        _write_line(book, page, row, line, n_marks)
        book.scores[line["key"]] = f"{quoted(name)}!${letter_of(SCORE)}${row + 1}"
        book.weights[line["key"]] = f"{quoted(name)}!${letter_of(WEIGHT)}${row + 1}"


def _write_line(book: Book, page: Any, row: int, line: dict[str, Any], n_marks: int) -> None:
    say, state, threshold = book.say, line["state"], Fraction(line["threshold"])
    score = exact(line["exact"])
    book.text(page, row, LABEL, say.pick(line["label"]))
    book.value(page, row, WEIGHT, Fraction(line["weight"]), "free")
    book.value(page, row, THRESHOLD, threshold, "free")
    is_surveyed = line["measure"] in ("survey", "mixed")
    book.value(page, row, POPULATION, line["population"] if is_surveyed else None, "count")
    _write_survey(book, page, row, line, n_marks)
    book.value(page, row, FACT, exact(line["fact_mark"]), "exact")
    book.value(page, row, SHARE, _share(line), "percent")
    cells = {name: f"{letter_of(column)}{row + 1}" for name, column in (("s", SURVEY), ("f", FACT), ("w", SHARE))}
    blend = 'IF({w}=1,{s},IF({w}=0,{f},IF(AND(ISNUMBER({s}),ISNUMBER({f})),{w}*{s}+(1-{w})*{f},"")))'.format(**cells)
    book.formula(page, row, SCORE, f"={blend}", score, "mark", bold=True, num_format=book.decimals(score, threshold))
    cell, limit = f"{letter_of(SCORE)}{row + 1}", f"{letter_of(THRESHOLD)}{row + 1}"
    yes, no = say(N_("yes")), say(N_("no"))
    book.formula(
        page,
        row,
        BELOW,
        f'=IF(ISNUMBER({cell}),IF(ROUND({cell},{NEAR})<{limit},"{yes}","{no}"),"")',
        "" if score is None else yes if line["is_breach"] else no,
        "text",
        align="right",
    )
    for column, end in ((LOW, exact(line["low"])), (HIGH, exact(line["high"]))):
        book.value(page, row, column, end, "mark", num_format=book.decimals(end, threshold))
    told = f"{STATE_SHAPES[state]} {say(STATES[state])}"
    book.text(page, row, STATE, told, font_color=STATE_COLOURS[state], align="left", indent=1)
    book.text(page, row, CODE, state)
    book.text(page, row, THEME, line["theme"])
    book.text(page, row, PARTY, "client" if line["obligor"] == "client" else "agency")
    for place, mark in enumerate(line["marks"] or ()):
        book.value(page, row, FIRST_MARK + place, Fraction(mark), "mark")


def _share(line: dict[str, Any]) -> Fraction:
    if line["measure"] == "mixed":
        return Fraction(line["survey_share"] or "1")
    return Fraction(1) if line["measure"] == "survey" else Fraction(0)


def _write_survey(book: Book, page: Any, row: int, line: dict[str, Any], n_marks: int) -> None:
    """Write count, sum and mean: live over the marks where they may be shown one by one, else from count and sum."""
    survey, total = exact(line["survey_mark"]), exact(line["marks_total"])
    is_surveyed = line["measure"] in ("survey", "mixed")
    if not is_surveyed or survey is None or not is_mean_of_marks(line):
        book.value(page, row, ANSWERED, line["n"] if is_surveyed else None, "count")
        book.value(page, row, TOTAL, total if is_surveyed and line["n"] else None, "exact")
        book.value(page, row, SURVEY, survey, "exact")
        return
    if line["marks"] is None:
        book.value(page, row, ANSWERED, line["n"], "count")
        book.value(page, row, TOTAL, total, "exact")
    else:
        last = letter_of(FIRST_MARK + max(n_marks, 1) - 1)
        marks = f"{letter_of(FIRST_MARK)}{row + 1}:{last}{row + 1}"
        book.formula(page, row, ANSWERED, f"=COUNT({marks})", line["n"], "count")
        book.formula(page, row, TOTAL, f"=SUM({marks})", total, "exact")
    count, added = (f"{letter_of(column)}{row + 1}" for column in (ANSWERED, TOTAL))
    book.formula(page, row, SURVEY, f'=IF({count}=0,"",{added}/{count})', survey, "exact")


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
            names = fact["count_labels"]
            book.text(page, row, LINE, labels.get(fact["line"], fact["line"]))
            book.text(page, row, PERIOD, period_name(fact["period"], say.language))
            book.text(page, row, COUNT, say.pick(names[key]) if key in names else key)
            book.value(page, row, VALUE, Fraction(value), "free")
            row += 1
            cells.setdefault((fact["line"], key), []).append(f"D{row}")
    _write_companions(book, page, row + 1, cells)


def _write_companions(book: Book, page: Any, row: int, cells: dict[tuple[str, str], list[str]]) -> None:
    for line in book.snapshot["lines"]:
        for companion in line["companions"]:
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
