"""What the signatory answers, line by line, read from a form without losing a word of it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from survey_app.agreements.models import MAX_SENTENCE, Commitment
from survey_app.agreements.negotiation import AnswerGiven
from survey_app.agreements.vocabulary import Decision
from survey_app.errors import N_, Invalid
from survey_app.tables.rules import read_quantity
from survey_app.validation import clean_text


def read_answers(lines: Sequence[Commitment], form: Mapping[str, str]) -> tuple[list[AnswerGiven], dict[str, Invalid]]:
    """Return the answers, and what is wrong with them by the name of the field."""
    answers: list[AnswerGiven] = []
    wrong: dict[str, Invalid] = {}
    for line in lines:
        reader = _LineReader(line, form)
        answer = reader.read()
        wrong.update(reader.wrong)
        if answer is not None:
            answers.append(answer)
    return answers, wrong


class _LineReader:
    def __init__(self, line: Commitment, form: Mapping[str, str]) -> None:
        self.line = line
        self.form = form
        self.wrong: dict[str, Invalid] = {}

    def read(self) -> AnswerGiven | None:
        given = self._raw("decision")
        if given not in set(Decision):
            self._blame("decision", N_("Accept this line, propose something else, or strike it."))
            return None
        comment = self._text("comment")
        if Decision(given) is Decision.COUNTER:
            return self._read_counter(comment)
        if Decision(given) is Decision.STRIKE and not comment:
            self._blame("comment", N_("Say in a few words why this line should go."))
        return AnswerGiven(self.line.indicator_key, Decision(given), comment=comment)

    def _read_counter(self, comment: str) -> AnswerGiven:
        threshold, target, wording = self._mark("threshold"), self._mark("target"), self._text("wording")
        if not self.wrong:
            self._check_counter(threshold, target, wording)
        return AnswerGiven(self.line.indicator_key, Decision.COUNTER, threshold, target, wording, comment)

    def _check_counter(self, threshold: Decimal | None, target: Decimal | None, wording: str) -> None:
        line = self.line
        asked = line.threshold if threshold is None else threshold
        hoped = line.target if target is None else target
        if hoped is not None and hoped < asked:
            self._blame("target", N_("The target must lie between the threshold and 10."))
        if (asked, hoped, wording or line.objective) == (line.threshold, line.target, line.objective):
            self._blame("threshold", N_("Change at least one thing: the threshold, the target or the wording."))

    def _raw(self, name: str) -> str:
        return self.form.get(f"{name}-{self.line.id}", "").strip()

    def _text(self, name: str) -> str:
        try:
            return clean_text(self._raw(name), MAX_SENTENCE)
        except Invalid as refusal:
            self.wrong[f"{name}-{self.line.id}"] = refusal
            return ""

    def _mark(self, name: str) -> Decimal | None:
        if not self._raw(name):
            return None
        try:
            return read_mark(self._raw(name))
        except Invalid as refusal:
            self.wrong[f"{name}-{self.line.id}"] = refusal
            return None

    def _blame(self, name: str, message: str) -> None:
        self.wrong[f"{name}-{self.line.id}"] = Invalid(message)


def read_mark(text: str) -> Decimal:
    """Read a mark out of ten with at most three decimals."""
    number = read_quantity(text, is_below_thousand=True)
    if not 0 <= number <= 10:
        raise Invalid(N_("A mark lies between 0 and 10."))
    if (number * 1000).denominator != 1:
        raise Invalid(N_("A mark has at most three decimals."))
    return Decimal(number.numerator) / Decimal(number.denominator)
