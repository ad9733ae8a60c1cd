"""The way from the lines' money to the amount, live: gates, floor, cap, limit, part of the period, rounding."""

from collections.abc import Iterator
from typing import Any

from survey_app.bonuses.wording import STEPS
from survey_app.errors import N_
from survey_app.score_sheets.reading import exact, number
from survey_app.score_sheets.xlsx.book import Book
from survey_app.score_sheets.xlsx.marks import NEAR

LABEL, SCORE, MINIMUM, EARNED, NOTE = 0, 1, 2, 7, 8
# Enough decimals to undo the rounding of machine numbers before the cent is rounded.
NEAR_CENT = 7


class Way:
    """The rows under the lines, written one after the other."""

    def __init__(self, book: Book, page: Any, bonus: dict[str, Any], *, first_part: int, row: int) -> None:
        self.book, self.page, self.bonus, self.row = book, page, bonus, row
        self.trace = bonus["trace"]
        last = first_part + len(self.trace["parts"]) - 1
        self.earned = f"H{first_part}:H{last}" if self.trace["parts"] else ""

    def write(self) -> str:
        """Write every step and return the amount's cell."""
        values = {step["rule"]: number(step["value"]) for step in self.trace["steps"]}
        value = values["parts"]
        self._step(self.book.say(STEPS["parts"]), f"=SUM({self.earned})" if self.earned else "=0", value)
        before = self.row
        is_open = self._write_gates()
        for rule, formula in self._formulas(is_open):
            value = values.get(rule, value)
            self._step(self._label(rule), formula.format(before=f"H{before}"), value, self._note(rule))
            before = self.row
        amount = f"=ROUND(ROUND(H{before},{NEAR_CENT}),2)"
        paid = number(self.bonus["amount"])
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
        written = book.decimals(score, number(gate["minimum"]))
        if found is None:
            book.value(page, row, SCORE, score, "mark", num_format=written)
        else:
            book.formula(page, row, SCORE, f"={found}", score, "mark", num_format=written)
        book.value(page, row, MINIMUM, number(gate["minimum"]), "free")
        yes, no = say(N_("gate open")), say(N_("gate closed"))
        check = f"IF(ISNUMBER(B{row + 1}),ROUND(B{row + 1},{NEAR})>=C{row + 1},TRUE)"
        told = yes if gate["is_open"] else no
        book.formula(page, row, NOTE, f'=IF({check},"{yes}","{no}")', told, "text", align="left", indent=1)
        self.row += 1
        return check


def _plain(amount: str) -> str:
    return repr(float(number(amount)))
