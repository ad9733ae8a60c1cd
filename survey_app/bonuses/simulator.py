"""The simulator's page: marks typed at the left, each euro traced at the right, for either party."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion
from survey_app.bonuses.queries import carried_to_next, last_scores, line_labels, measured_subjects
from survey_app.bonuses.rules import Measured, move, settle, trace_payment, what_would_change
from survey_app.bonuses.scheme import BonusScheme, read_scheme
from survey_app.bonuses.shown import ShownMoney, show_trace
from survey_app.bonuses.wording import Words
from survey_app.catalogue.content import Catalogue
from survey_app.errors import N_, Invalid, Refusal

MAX_TYPED = 12


@dataclass(frozen=True)
class SimulatedLine:
    """One mark that can be moved; empty stands for not measurable."""

    key: str
    label: str
    typed: str
    problem: str
    threshold: str
    target: str


@dataclass(frozen=True)
class Simulation:
    scheme: BonusScheme
    lines: tuple[SimulatedLine, ...]
    money: ShownMoney
    is_from_scores: bool


def run_simulation(
    session: Session, version: AgreementVersion, catalogue: Catalogue, typed: Mapping[str, str], language: str
) -> Simulation:
    """Work out what the version's scheme pays for the marks typed, or for the last scores where none is."""
    if version.bonus_scheme is None:
        raise Refusal(N_("This agreement has no bonus scheme yet: there is nothing to simulate."))
    scheme = read_scheme(version.bonus_scheme)
    say = Words(language, version.rounding_digits, currency=scheme.currency)
    scores = last_scores(session, version)
    measured = _with_defaults(measured_subjects(version, scores), scheme)
    marks, problems = read_marks(typed, measured, say)
    moved = move(measured, marks)
    carried = carried_to_next(session, version)
    payment = settle(scheme, moved, carried)
    trace = trace_payment(payment, what_would_change(scheme, moved, payment, carried))
    labels = line_labels(version, catalogue, language)
    shown = {part.measured.key for part in payment.parts} | {gate.subject for gate in scheme.gates}
    lines = tuple(
        SimulatedLine(
            one.key,
            say.subject(one.key, labels),
            typed.get(f"mark-{one.key}", "" if one.score is None else say.mark(one.score)),
            problems.get(one.key, ""),
            "" if one.threshold is None else say.mark(Fraction(one.threshold)),
            "" if one.target is None else say.mark(Fraction(one.target)),
        )
        for one in measured
        if one.key in shown
    )
    return Simulation(scheme, lines, show_trace(trace, labels, say), bool(scores))


def _with_defaults(measured: list[Measured], scheme: BonusScheme) -> list[Measured]:
    """Start from the last scores, or from the targets before the first measure; add what only a mean would bring."""
    started = [
        one
        if one.score is not None or one.level != "indicator"
        else replace(one, score=Fraction(one.target or one.threshold or 7), state="met")
        for one in measured
    ]
    known = {one.key for one in started}
    wanted = {gate.subject for gate in scheme.gates} | ({"overall"} if scheme.scope == "overall" else set())
    missing = [Measured(key, "overall", Fraction(7)) for key in sorted(wanted - known) if key == "overall"]
    return [*started, *missing]


def read_marks(
    typed: Mapping[str, str], measured: list[Measured], say: Words
) -> tuple[dict[str, Fraction | None], dict[str, str]]:
    """Read the marks typed; one that is no mark is told beside its field and changes nothing."""
    marks: dict[str, Fraction | None] = {}
    problems: dict[str, str] = {}
    for one in measured:
        text = typed.get(f"mark-{one.key}")
        if text is None or (one.score is not None and text == say.mark(one.score)):
            # A mark that was not moved stays exact, however few of its decimals the field shows.
            continue
        try:
            marks[one.key] = read_mark(text)
        except Invalid as refusal:
            problems[one.key] = refusal.message
    return marks, problems


def read_mark(text: str) -> Fraction | None:
    plain = text.strip().replace(",", ".")
    if not plain:
        return None
    is_number = plain.isascii() and plain.replace(".", "", 1).isdecimal() and len(plain) <= MAX_TYPED
    if not is_number or Fraction(plain) > 10:
        raise Invalid(N_("Write a mark between 0 and 10, or nothing for a line that cannot be measured."))
    return Fraction(plain)
