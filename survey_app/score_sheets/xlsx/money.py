"""The money, live: shares, curves, gates, cap, floor and the part paid, rounded once."""

from fractions import Fraction
from typing import Any

from survey_app.bonuses.wording import reason_of
from survey_app.errors import N_
from survey_app.score_sheets.reading import exact, measured_lines, number
from survey_app.score_sheets.xlsx.book import Book, quoted
from survey_app.score_sheets.xlsx.marks import NEAR, letter_of
from survey_app.score_sheets.xlsx.steps import Way

(LABEL, SCORE, WEIGHT, SHARE, CARRIED, STAKE, PERCENT, EARNED, NOTE, BELOW, N_POINTS, FIRST_POINT) = range(12)
MAX_POINTS = 12
BASE_ROW, HEAD = 3, 5


def write_money(book: Book) -> None:
    bonus = book.snapshot["bonus"]
    if bonus is None:
        return
    say, trace = book.say, bonus["trace"]
    name = say(N_("Bonus"))
    page = book.add_sheet(name, [38.0, 9, 9, 9, 12, 14, 10, 14, 30, 9, 8] + [8.0] * 2 * _most_points(trace))
    book.title(
        page,
        say(N_("From the scores to the amount")),
        say(N_("Each mark earns a percentage of what its line has at stake; rounding comes once, at the end.")),
    )
    book.text(page, BASE_ROW, LABEL, say(N_("At stake over a whole period")), bold=True)
    book.value(page, BASE_ROW, SCORE + 4, number(trace["base"]), "money", bold=True)
    _write_head(book, page, trace)
    page.print_area(0, 0, HEAD + 20 + len(trace["parts"]) + len(trace["gates"]), NOTE)
    page.set_row(HEAD, 26)
    for place, part in enumerate(trace["parts"]):
        _write_part(book, page, HEAD + 1 + place, part, trace)
    way = Way(book, page, bonus, first_part=HEAD + 2, row=HEAD + 2 + len(trace["parts"]))
    book.amount = f"{quoted(name)}!" + way.write()


def _most_points(trace: dict[str, Any]) -> int:
    return max((len(part["points"]) for part in trace["parts"]), default=1)


def _write_head(book: Book, page: Any, trace: dict[str, Any]) -> None:
    say = book.say
    headings = [
        say(N_("Line")),
        say(N_("Mark")),
        say(N_("Weight")),
        say(N_("Share")),
        say(N_("Carried over")),
        say(N_("At stake")),
        say(N_("Earned")),
        say(N_("Amount")),
        say(N_("Remark")),
        say(N_("Under the first level")),
        say(N_("Levels")),
    ]
    levels = range(1, _most_points(trace) + 1)
    headings += [say(N_("Mark %(number)s"), number=level) for level in levels]
    headings += [say(N_("Paid %(number)s"), number=level) for level in levels]
    book.head(page, HEAD, headings, left=(NOTE,))
    page.freeze_panes(HEAD + 1, 1)


def _write_part(book: Book, page: Any, row: int, part: dict[str, Any], trace: dict[str, Any]) -> None:
    say, key = book.say, part["subject_key"]
    labels = {line["key"]: say.pick(line["label"]) for line in book.snapshot["lines"]}
    book.text(page, row, LABEL, say.subject(key, labels))
    _write_score(book, page, row, part)
    _write_weight(book, page, row, key, _written_weight(trace, key))
    first, last = HEAD + 2, HEAD + 1 + len(trace["parts"])
    scores, weights = (f"${letter_of(c)}${first}:${letter_of(c)}${last}" for c in (SCORE, WEIGHT))
    is_carried = trace["scheme"].get("not_measurable") == "carried_over"
    total = f"SUM({weights})" if is_carried else f"SUMPRODUCT(ISNUMBER({scores})*{weights})"
    counts = "TRUE" if is_carried else f"ISNUMBER(B{row + 1})"
    book.formula(page, row, SHARE, f"=IF({counts},C{row + 1}/{total},0)", number(part["share"]), "percent")
    book.value(page, row, CARRIED, number(part["carried"]), "money")
    stake = f"=$F${BASE_ROW + 1}*D{row + 1}+E{row + 1}"
    book.formula(page, row, STAKE, stake, number(part["at_stake"]), "money")
    _write_curve(book, page, row, part, FIRST_POINT + _most_points(trace))
    earned = f"=IF(ISNUMBER(G{row + 1}),F{row + 1}*G{row + 1},0)"
    book.formula(page, row, EARNED, earned, number(part["earned"]), "money", bold=True)
    reason = reason_of(part, measured_lines(book.snapshot["lines"]))
    book.text(page, row, NOTE, say(reason) if reason else "", align="left", indent=1)


def _write_curve(book: Book, page: Any, row: int, part: dict[str, Any], first_paid: int) -> None:
    """Write the curve's levels at the right, marks first, and the percentage that the mark earns on them."""
    percent, n_points = exact(part["percent"]), len(part["points"])
    shown = None if percent is None else percent / 100
    is_held = part["reason"] == "inconclusive"
    book.formula(page, row, PERCENT, "=0" if is_held else _percent_formula(part, row, first_paid), shown, "percent")
    book.value(page, row, BELOW, number(part["below"]) / 100, "percent")
    book.value(page, row, N_POINTS, n_points, "count")
    for place, (mark, paid) in enumerate(part["points"]):
        book.value(page, row, FIRST_POINT + place, number(mark), "free")
        book.value(page, row, first_paid + place, number(paid) / 100, "percent")


def _write_weight(book: Book, page: Any, row: int, key: str, written: Fraction | None) -> None:
    if written is None and key in book.weights:
        book.formula(page, row, WEIGHT, f"={book.weights[key]}", _frozen_weight(book, key), "free")
    else:
        book.value(page, row, WEIGHT, written or Fraction(0), "free")


def _write_score(book: Book, page: Any, row: int, part: dict[str, Any]) -> None:
    """Point to the line's score; a line that both parties set aside has none here."""
    score, found = exact(part["score"]), book.scores.get(part["subject_key"])
    written = book.decimals(score, exact(part["threshold"]))
    is_set_aside = score is None and part["reason"] in ("not_measurable", "carried_over")
    if found is None or (is_set_aside and part["subject_key"] in measured_lines(book.snapshot["lines"])):
        book.value(page, row, SCORE, score, "mark", num_format=written)
    else:
        book.formula(page, row, SCORE, f"={found}", score, "mark", num_format=written)


def _written_weight(trace: dict[str, Any], key: str) -> Fraction | None:
    for part in trace["scheme"].get("parts", ()):
        if part["subject"] == key:
            return number(part["share"])
    return None


def _frozen_weight(book: Book, key: str) -> Fraction:
    rows = [*book.snapshot["lines"], *(mean for mean in book.snapshot["means"] if mean["party"] == "agency")]
    return next((number(row["weight"]) for row in rows if row["key"] == key), Fraction(0))


def _percent_formula(part: dict[str, Any], row: int, first_paid: int) -> str:
    """Return the curve as a formula: stairs look their level up, a broken line goes evenly between two."""
    n = len(part["points"])
    marks = f"${letter_of(FIRST_POINT)}{row + 1}:${letter_of(FIRST_POINT + n - 1)}{row + 1}"
    paid = f"${letter_of(first_paid)}{row + 1}:${letter_of(first_paid + n - 1)}{row + 1}"
    mark, below = f"ROUND(B{row + 1},{NEAR})", f"J{row + 1}"
    place = f"MATCH({mark},{marks},1)"
    reached = f"INDEX({paid},1,{place})"
    if part["shape"] not in ("steps", "all_or_nothing") and n > 1:
        rise = f"(INDEX({paid},1,{place}+1)-{reached})/(INDEX({marks},1,{place}+1)-INDEX({marks},1,{place}))"
        last, full = (f"{letter_of(column + n - 1)}{row + 1}" for column in (FIRST_POINT, first_paid))
        reached = f"IF({mark}>={last},{full},{reached}+{rise}*({mark}-INDEX({marks},1,{place})))"
    first = f"{letter_of(FIRST_POINT)}{row + 1}"
    return f'=IF(NOT(ISNUMBER(B{row + 1})),"",IF({mark}<{first},{below},{reached}))'
