"""Read bonuses, what the agreement and the scores say of them, and what other marks would pay."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion, Obligor
from survey_app.bonuses.models import Bonus
from survey_app.bonuses.rules import Measured, move, settle, trace_payment, what_would_change
from survey_app.bonuses.scheme import BonusScheme, read_scheme
from survey_app.bonuses.wording import ShownMoney, Words, show_trace
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.catalogue.content import Catalogue
from survey_app.errors import N_, Invalid, Refusal
from survey_app.scores.models import Score, ScoreLevel
from survey_app.scores.queries import wave_scores


def current_bonus(session: Session, wave: Wave) -> Bonus | None:
    """Return the bonus as the latest edition has it."""
    return session.scalar(select(Bonus).where(Bonus.wave_id == wave.id).order_by(Bonus.number.desc()).limit(1))


def carried_over(session: Session, wave: Wave) -> Mapping[str, Fraction]:
    """Return what the last bonus of the same agreement set aside for lines that could not be measured."""
    return _set_aside(session, wave.campaign.agreement_id, Wave.id != wave.id, Wave.launched_at <= wave.launched_at)


def carried_to_next(session: Session, version: AgreementVersion) -> Mapping[str, Fraction]:
    """Return what the agreement's next measure has at stake beside its own base."""
    return _set_aside(session, version.agreement_id)


def _set_aside(session: Session, agreement_id: int | None, *conditions: ColumnElement[bool]) -> Mapping[str, Fraction]:
    last = session.scalar(
        select(Bonus)
        .join(Wave, Bonus.wave_id == Wave.id)
        .join(Campaign, Wave.campaign_id == Campaign.id)
        .where(Campaign.agreement_id == agreement_id, *conditions)
        .order_by(Wave.launched_at.desc(), Wave.id.desc(), Bonus.number.desc())
        .limit(1)
    )
    kept = last.trace.get("carried_over", {}) if last else {}
    return {str(key): Fraction(value) for key, value in kept.items()}


def measured_subjects(version: AgreementVersion, scores: Sequence[Score]) -> list[Measured]:
    """Return the agency's lines, themes and whole as the bonus sees them; internal lines are no part of it."""
    by_key = {score.subject_key: score for score in scores if score.level is ScoreLevel.INDICATOR}
    lines = [
        Measured(
            key=line.indicator_key,
            level="indicator",
            weight=line.weight,
            threshold=line.threshold,
            target=line.target,
            is_paying=line.is_paying,
            score=by_key[line.indicator_key].exact if line.indicator_key in by_key else None,
            state=by_key[line.indicator_key].state if line.indicator_key in by_key else None,
        )
        for line in version.commitments
        if not line.is_internal
    ]
    means = [
        Measured(key=score.subject_key, level=score.level.value, weight=score.weight, score=score.exact)
        for score in scores
        if score.level is not ScoreLevel.INDICATOR and score.obligor is Obligor.AGENCY
    ]
    return [*lines, *means]


def last_scores(session: Session, version: AgreementVersion) -> Sequence[Score]:
    """Return the scores of the last closed wave under this agreement, or none before the first."""
    last = session.scalar(
        select(Wave)
        .join(Campaign, Wave.campaign_id == Campaign.id)
        .where(Campaign.agreement_id == version.agreement_id, Wave.state == WaveState.CLOSED)
        .order_by(Wave.closed_at.desc(), Wave.id.desc())
        .limit(1)
    )
    return [] if last is None else wave_scores(session, last)


def line_labels(version: AgreementVersion, catalogue: Catalogue, language: str) -> dict[str, str]:
    """Name the lines that both parties see."""
    return {
        line.indicator_key: str(
            line.definition.get(f"label_{language}") or catalogue.label(line.indicator_key, language)
        )
        for line in version.commitments
        if not line.is_internal
    }


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
