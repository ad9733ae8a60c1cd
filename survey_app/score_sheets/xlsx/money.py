"""The money, live: shares, curves, gates, cap, floor and the part paid, rounded once."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from survey_app.bonuses.wording import STEPS, reason_of
from survey_app.errors import N_
from survey_app.score_sheets.snapshot import exact, measured_lines
from survey_app.score_sheets.xlsx.book import Book, letter_of, quoted
from survey_app.score_sheets.xlsx.results import NEAR

(LABEL, SCORE, WEIGHT, SHARE, CARRIED, STAKE, PERCENT, EARNED, NOTE, BELOW, N_POINTS, FIRST_POINT) = range(12)
MAX_POINTS = 12
BASE_ROW, HEAD = 3, 5
MINIMUM = WEIGHT
# Enough decimals to undo the rounding of machine numbers before the cent is rounded.
NEAR_CENT = 7


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
    book.value(page, BASE_ROW, SCORE + 4, Fraction(trace["base"]), "money", bold=True)
    _write_head(book, page, trace)
    page.print_area(0, 0, HEAD + 20 + len(trace["parts"]) + len(trace["gates"]), NOTE)
    page.set_row(HEAD, 26)
    for place, part in enumerate(trace["parts"]):
        _write_part(book, page, HEAD + 1 + place, part, trace)
    steps = AmountSteps(book, page, bonus, first_part=HEAD + 2, row=HEAD + 2 + len(trace["parts"]))
    book.amount = f"{quoted(name)}!" + steps.write()


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
    book.formula(page, row, SHARE, f"=IF({counts},C{row + 1}/{total},0)", Fraction(part["share"]), "percent")
    book.value(page, row, CARRIED, Fraction(part["carried"]), "money")
    stake = f"=$F${BASE_ROW + 1}*D{row + 1}+E{row + 1}"
    book.formula(page, row, STAKE, stake, Fraction(part["at_stake"]), "money")
    _write_curve(book, page, row, part, FIRST_POINT + _most_points(trace))
    earned = f"=IF(ISNUMBER(G{row + 1}),F{row + 1}*G{row + 1},0)"
    book.formula(page, row, EARNED, earned, Fraction(part["earned"]), "money", bold=True)
    reason = reason_of(part, measured_lines(book.snapshot["lines"]))
    book.text(page, row, NOTE, say(reason) if reason else "", align="left", indent=1)


def _write_curve(book: Book, page: Any, row: int, part: dict[str, Any], first_paid: int) -> None:
    """Write the curve's levels at the right, marks first, and the percentage that the mark earns on them."""
    percent, n_points = exact(part["percent"]), len(part["points"])
    shown = None if percent is None else percent / 100
    is_held = part["reason"] == "inconclusive"
    book.formula(page, row, PERCENT, "=0" if is_held else _percent_formula(part, row, first_paid), shown, "percent")
    book.value(page, row, BELOW, Fraction(part["below"]) / 100, "percent")
    book.value(page, row, N_POINTS, n_points, "count")
    for place, (mark, paid) in enumerate(part["points"]):
        book.value(page, row, FIRST_POINT + place, Fraction(mark), "free")
        book.value(page, row, first_paid + place, Fraction(paid) / 100, "percent")


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
            return Fraction(part["share"])
    return None


def _frozen_weight(book: Book, key: str) -> Fraction:
    rows = [*book.snapshot["lines"], *(mean for mean in book.snapshot["means"] if mean["party"] == "agency")]
    return next((Fraction(row["weight"]) for row in rows if row["key"] == key), Fraction(0))


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


class AmountSteps:
    """The rows under the lines, written one after the other."""

    def __init__(self, book: Book, page: Any, bonus: dict[str, Any], *, first_part: int, row: int) -> None:
        self.book, self.page, self.bonus, self.row = book, page, bonus, row
        self.trace = bonus["trace"]
        last = first_part + len(self.trace["parts"]) - 1
        self.earned = f"H{first_part}:H{last}" if self.trace["parts"] else ""

    def write(self) -> str:
        """Write every step and return the amount's cell."""
        values = {step["rule"]: Fraction(step["value"]) for step in self.trace["steps"]}
        value = values["parts"]
        self._step(self.book.say(STEPS["parts"]), f"=SUM({self.earned})" if self.earned else "=0", value)
        before = self.row
        is_open = self._write_gates()
        for rule, formula in self._formulas(is_open):
            value = values.get(rule, value)
            self._step(self._label(rule), formula.format(before=f"H{before}"), value, self._note(rule))
            before = self.row
        amount = f"=ROUND(ROUND(H{before},{NEAR_CENT}),2)"
        paid = Fraction(self.bonus["amount"])
        self._step(self.book.say(N_("Amount, rounded to the cent")), amount, paid, bold=True, top=1)
        return f"$H${self.row}"

    def _step(self, label: str, formula: str, value: Any, note: str = "", **options: Any) -> None:
        self.book.text(self.page, self.row, LABEL, label, **options)
        self.book.formula(self.page, self.row, EARNED, formula, value, "money", **options)
        if note:
            self.book.text(self.page, self.row, NOTE, note, align="left", indent=1)
        self.row += 1

    def _label(self, rule: str) -> str:
        return self.book.say(N_("After the gates")) if rule == "gate" else self.book.say(STEPS[rule])

    def _note(self, rule: str) -> str:
        return (
            self.book.say(N_("%(part)s of %(whole)s"), **self.trace["scheme"]["prorata"]) if rule == "prorata" else ""
        )

    def _formulas(self, is_open: str) -> Iterator[tuple[str, str]]:
        """Yield each rule of the scheme with its formula over the step before."""
        scheme = self.trace["scheme"]
        lost = f'SUMIF({self.earned},"<0")' if self.earned else "0"
        if is_open:
            yield "gate", f"=IF({is_open},{{before}},{lost})"
        if "floor" in scheme:
            yield "floor", f"=IF({is_open or 'TRUE'},MAX({{before}},{_plain(scheme['floor'])}),{{before}})"
        if "cap" in scheme:
            yield "cap", f"=MIN({{before}},{_plain(scheme['cap'])})"
        if "malus" in scheme:
            yield "malus", f"=MAX({{before}},-{_plain(scheme['malus']['most'])})"
        if "prorata" in scheme:
            yield "prorata", f"={{before}}*{scheme['prorata']['part']}/{scheme['prorata']['whole']}"
        if self.bonus["is_baseline"]:
            yield "baseline", "=0"

    def _write_gates(self) -> str:
        """Write each gate with its own check, and return the condition under which all are open."""
        checks = [self._write_gate(gate) for gate in self.trace["gates"]]
        return f"AND({','.join(checks)})" if checks else ""

    def _write_gate(self, gate: dict[str, Any]) -> str:
        book, page, row, say = self.book, self.page, self.row, self.book.say
        labels = {line["key"]: say.pick(line["label"]) for line in book.snapshot["lines"]}
        book.text(page, row, LABEL, say(N_("Gate: %(line)s"), line=say.subject(gate["subject_key"], labels)))
        found, score = book.scores.get(gate["subject_key"]), exact(gate["score"])
        written = book.decimals(score, Fraction(gate["minimum"]))
        if found is None:
            book.value(page, row, SCORE, score, "mark", num_format=written)
        else:
            book.formula(page, row, SCORE, f"={found}", score, "mark", num_format=written)
        book.value(page, row, MINIMUM, Fraction(gate["minimum"]), "free")
        yes, no = say(N_("gate open")), say(N_("gate closed"))
        check = f"IF(ISNUMBER(B{row + 1}),ROUND(B{row + 1},{NEAR})>=C{row + 1},TRUE)"
        told = yes if gate["is_open"] else no
        book.formula(page, row, NOTE, f'=IF({check},"{yes}","{no}")', told, "text", align="left", indent=1)
        self.row += 1
        return check


def _plain(amount: str) -> str:
    return repr(float(Fraction(amount)))
