"""Say what a bonus pays in one language: its sentences and figures, and each euro with the rule that it comes from."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import lru_cache
from typing import Any

from survey_app.catalogue.vocabulary import SUBJECTS
from survey_app.clock import local_day
from survey_app.errors import N_
from survey_app.formats import (
    format_day,
    format_instant,
    format_money,
    format_number,
    format_percent,
    format_score,
    score_digits,
)
from survey_app.translation import Term, translate

# A sheet writes the same marks again and again.
_number = lru_cache(maxsize=4096)(format_number)
_score = lru_cache(maxsize=4096)(format_score)
_money = lru_cache(maxsize=4096)(format_money)


class Words:
    """Say a sentence, a number, a date or a sum of money in one language."""

    def __init__(self, language: str, digits: int = 2, zone: str = "Europe/Paris", currency: str = "EUR") -> None:
        self.language, self.digits, self.zone, self.currency = language, digits, zone, currency

    def __call__(self, sentence: str | Term, **values: Any) -> str:
        return translate(sentence, self.language, **values)

    def pick(self, both: dict[str, str]) -> str:
        """Choose the language of a text that the snapshot holds in both."""
        return both[self.language]

    def subject(self, key: str, labels: dict[str, str]) -> str:
        """Name a line by its label, a theme or the whole by its word."""
        return labels.get(key) or self(SUBJECTS.get(key, key))

    def score(self, score: Fraction | None, threshold: Fraction | None = None) -> str:
        return _score(score, self.language, threshold, self.digits)

    def mark(self, mark: Fraction) -> str:
        """Write a threshold or a level without idle decimals: 7, 7,5."""
        digits = next((n for n in range(4) if 10**n % mark.denominator == 0), 4)
        return _number(mark, digits, self.language)

    def decimals(self, score: Fraction, threshold: Fraction | None) -> int:
        return score_digits(score, threshold, self.digits)

    def money(self, amount: Fraction) -> str:
        return _money(amount, self.currency, self.language)

    def percent(self, percent: Fraction, digits: int | None = None) -> str:
        """Write a percentage given in hundredths, with one decimal where it has any."""
        shown = digits if digits is not None else 0 if percent.denominator == 1 else 1
        return format_percent(percent / 100, self.language, shown)

    def day(self, iso: str) -> str:
        return format_day(date.fromisoformat(iso), self.language)

    def day_of(self, iso: str) -> str:
        """Write the day of an instant, where the client is."""
        return format_day(local_day(datetime.fromisoformat(iso), self.zone), self.language)

    def instant(self, iso: str) -> str:
        return format_instant(datetime.fromisoformat(iso), self.zone, self.language)


STEPS = {
    "parts": N_("Sum of the lines"),
    "gate": N_("A gate is closed: nothing is gained"),
    "floor": N_("Guaranteed amount"),
    "cap": N_("Cap"),
    "malus": N_("Limit of the deduction"),
    "prorata": N_("Part of the period"),
    "baseline": N_("Reference measure: it pays nothing"),
}
REASONS = {
    "earned": "",
    "below": N_("below the first level"),
    "inconclusive": N_("inconclusive: paid only when met"),
    "not_measurable": N_("not measurable: its share goes to the others"),
    "carried_over": N_("not measurable: its share is carried over"),
}
SET_ASIDE = {
    "not_measurable": N_("set aside by both parties: its share goes to the others"),
    "carried_over": N_("set aside by both parties: its share is carried over"),
}
SHAPES = {
    "linear": N_("evenly from %(first)s to %(last)s"),
    "levels": N_("levels %(marks)s"),
    "steps": N_("tiers %(marks)s"),
    "points": N_("levels %(marks)s"),
    "all_or_nothing": N_("all from %(first)s on"),
}


@dataclass(frozen=True)
class ShownPart:
    """One row of the money: what the line had at stake, what its mark earned, what is paid."""

    key: str
    label: str
    score: str
    state: str
    scale: str
    share: str
    at_stake: str
    percent: str
    paid: str
    reason: str
    ratio: Fraction


@dataclass(frozen=True)
class ShownMoney:
    amount: str
    sentence: str
    parts: tuple[ShownPart, ...]
    steps: tuple[tuple[str, str], ...]
    rule_cents: str | None
    gates: tuple[tuple[str, bool], ...]
    changes: tuple[str, ...]
    carried: tuple[str, ...]


def show_trace(
    trace: dict[str, Any],
    labels: dict[str, str],
    say: Words,
    *,
    is_baseline: bool = False,
    measured: Collection[str] = (),
) -> ShownMoney:
    """Write a bonus's trace in one language; the simulator, the page and the PDF all read this.

    A line among `measured` that has no mark here was set aside by both parties.
    """
    rule = Fraction(trace["rule_cents"])
    return ShownMoney(
        amount=say.money(Fraction(trace["amount"])),
        sentence=_sentence(trace, say, is_baseline=is_baseline),
        parts=tuple(_show_part(part, labels, say, measured) for part in trace["parts"]),
        steps=tuple((say(STEPS[step["rule"]]), say.money(Fraction(step["value"]))) for step in trace["steps"]),
        rule_cents=say.money(rule) if rule else None,
        gates=tuple(_show_gate(gate, labels, say) for gate in trace["gates"]),
        changes=tuple(_show_changes(trace, labels, say)),
        carried=tuple(_show_carried(trace, labels, say)),
    )


def _show_carried(trace: dict[str, Any], labels: dict[str, str], say: Words) -> Iterator[str]:
    """Tell what earlier measures added to a line's stake, and what this one leaves to the next."""
    brought = ((part["subject_key"], Fraction(part["carried"])) for part in trace["parts"])
    left = ((key, Fraction(value)) for key, value in trace["carried_over"].items())
    for sentence, amounts in (
        (N_("%(line)s: %(amount)s of what is at stake was carried over from earlier measures."), brought),
        (N_("%(line)s: %(amount)s is carried over to the next measure."), left),
    ):
        for key, amount in amounts:
            if amount:
                yield say(sentence, line=say.subject(key, labels), amount=say.money(amount))


def _exact(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)


def _sentence(trace: dict[str, Any], say: Words, *, is_baseline: bool) -> str:
    if is_baseline:
        return say(N_("This is the reference measure: it sets the starting point and pays nothing."))
    prorata = trace["scheme"].get("prorata")
    whole = Fraction(trace["base"]) + sum((Fraction(part["carried"]) for part in trace["parts"]), Fraction(0))
    stake = whole * (Fraction(prorata["part"], prorata["whole"]) if prorata else 1)
    if any(not gate["is_open"] for gate in trace["gates"]):
        return say(N_("A gate is closed, so nothing is gained of the %(stake)s at stake."), stake=say.money(stake))
    if not stake:
        return say(N_("Nothing was at stake."))
    share = say.percent(Fraction(trace["amount"]) / stake * 100, 1)
    return say(N_("%(share)s of the %(stake)s at stake."), share=share, stake=say.money(stake))


def reason_of(part: dict[str, Any], measured: Collection[str]) -> str:
    """Return why a part earned what it did, empty where its mark says it all."""
    told = SET_ASIDE if part["score"] is None and part["subject_key"] in measured else REASONS
    return told.get(part["reason"], "")


def _show_part(part: dict[str, Any], labels: dict[str, str], say: Words, measured: Collection[str]) -> ShownPart:
    reason = reason_of(part, measured)
    percent, key = _exact(part["percent"]), part["subject_key"]
    return ShownPart(
        key=key,
        label=say.subject(key, labels),
        score=say.score(_exact(part["score"]), _exact(part["threshold"])),
        state=part["state"] or "",
        scale=_show_scale(part, say),
        share=say.percent(Fraction(part["share"]) * 100, 1),
        at_stake=say.money(Fraction(part["at_stake"])),
        percent="–" if percent is None else say.percent(percent, 1),
        paid=say.money(Fraction(part["paid"])),
        reason=say(reason) if reason else "",
        ratio=percent / 100 if percent is not None else Fraction(0),
    )


def _show_scale(part: dict[str, Any], say: Words) -> str:
    """Tell the marks of a curve, each with what it pays where that does not go without saying."""
    points = [(say.mark(Fraction(mark)), Fraction(percent)) for mark, percent in part["points"]]
    shape = "all_or_nothing" if len(points) == 1 and part["shape"] == "linear" else part["shape"]
    marks = " · ".join(f"{mark}\u00a0=\u00a0{say.percent(percent)}" for mark, percent in points)
    (first, start), last = points[0], points[-1][0]
    if shape == "linear" and start:
        first = f"{first} ({say.percent(start)})"
    return say(SHAPES[shape], first=first, last=last, marks=marks)


def _show_gate(gate: dict[str, Any], labels: dict[str, str], say: Words) -> tuple[str, bool]:
    minimum, score = Fraction(gate["minimum"]), _exact(gate["score"])
    values = {
        "line": say.subject(gate["subject_key"], labels),
        "minimum": say.mark(minimum),
        "score": say.score(score, minimum),
    }
    if score is None:
        return say(N_("Gate %(line)s, at least %(minimum)s: not measurable, so it closes nothing."), **values), True
    if gate["is_open"]:
        return say(N_("Gate %(line)s, at least %(minimum)s: open, the mark is %(score)s."), **values), True
    return say(N_("Gate %(line)s, at least %(minimum)s: closed, the mark is %(score)s."), **values), False


def _show_changes(trace: dict[str, Any], labels: dict[str, str], say: Words) -> Iterator[str]:
    for change in trace["would_change"]:
        more = Fraction(change["amount"]) - Fraction(trace["amount"])
        yield say(
            N_("%(line)s at %(mark)s: %(amount)s, which is %(more)s more."),
            line=say.subject(change["subject_key"], labels),
            mark=say.mark(Fraction(change["mark"])),
            amount=say.money(Fraction(change["amount"])),
            more=say.money(more),
        )
