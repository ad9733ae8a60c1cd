"""What an agreement may say, what it still lacks, and how it moves from a draft to both signatures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, Protocol

from survey_app.agreements.vocabulary import Direction, Measure, Obligor, SanctionFlag, VersionState
from survey_app.errors import N_, Invalid, Refusal
from survey_app.formats import round_half_up
from survey_app.tables.rules import read_quantity

MANY_LINES = 15
OCTOBER = 10
LOWEST, HIGHEST = Decimal(0), Decimal(10)

TRANSITIONS: Mapping[VersionState, frozenset[VersionState]] = {
    # A paper signed by both in one sitting goes straight from the draft to validated.
    VersionState.DRAFT: frozenset({VersionState.PROPOSED, VersionState.VALIDATED}),
    VersionState.PROPOSED: frozenset({VersionState.DRAFT, VersionState.VALIDATED}),
    VersionState.VALIDATED: frozenset({VersionState.SUPERSEDED, VersionState.ENDED}),
    VersionState.SUPERSEDED: frozenset(),
    VersionState.ENDED: frozenset(),
}
_REFUSALS = {
    VersionState.DRAFT: N_("This version is not with the client any more: there is nothing to take back."),
    VersionState.PROPOSED: N_("Only a draft can be proposed. Start an amendment to change a validated agreement."),
    VersionState.VALIDATED: N_("This version is already validated. Start an amendment to change it."),
    VersionState.SUPERSEDED: N_("Only the version in force can be replaced."),
    VersionState.ENDED: N_("Only the version in force can be ended."),
}
QUALITIES: Mapping[str, tuple[str, str]] = {
    "specific": (
        N_("Specific: it names one thing that both parties understand alike"),
        N_("Write the objective in words."),
    ),
    "measurable": (
        N_("Measurable from the start: what is counted or asked exists today"),
        N_("Name who is accountable for the counts."),
    ),
    "objective": (
        N_("Objective: it does not depend on who measures"),
        N_("A survey mark is an opinion: ask at least three people."),
    ),
    "attainable": (
        N_("Attainable: the objective can be reached with the means agreed"),
        N_("Date the objective, and keep the target below 10."),
    ),
    "fair": (
        N_("Fair: the party that owes it has the means to act on it"),
        N_("It moves money and depends on the other party."),
    ),
    "validated": (N_("Validated by both parties"), N_("Propose the agreement to the client's signatory.")),
}
MIN_HEADROOM = Decimal("0.5")
MIN_RESPONDENTS = 3
# A third of the way that is left: far enough to be felt, near enough to be reached in one period.
SHARE_OF_THE_WAY = Fraction(1, 3)
STEPS = (
    ("sla", N_("Agree the service agreement")),
    ("indicators", N_("Choose the indicators together")),
    ("objectives", N_("Set dated objectives")),
    ("validation", N_("Have the client validate")),
    ("plans", N_("Define the improvement plans")),
)


def proposed_year(today: date) -> int:
    """Propose the calendar year at hand; from October on, the next one, which is the one being negotiated."""
    return today.year + (today.month >= OCTOBER)


class Line(Protocol):
    """What the rules need to know of a commitment."""

    indicator_key: str
    obligor: Obligor
    measure: Measure
    direction: Direction
    threshold: Decimal
    target: Decimal | None
    objective_on: date | None
    weight: Decimal
    survey_share: Decimal | None
    conversion: list[list[str]] | None
    definition: dict[str, Any]
    written_measure: str
    sanction_acceptance: str
    is_paying: bool
    is_internal: bool


def check_transition(state: VersionState, to: VersionState) -> None:
    """Refuse every move that is not declared."""
    if to not in TRANSITIONS[state]:
        raise Refusal(_REFUSALS[to])


def check_period(starts_on: date, ends_on: date) -> None:
    if ends_on < starts_on:
        raise Invalid(N_("The agreement ends before it starts. Choose a later end."), field="ends_on")


def rests_on_counts(line: Line) -> bool:
    """Tell whether the line's mark needs counts of a period: a fact, a blend, or evidence with a ratio."""
    if line.measure is Measure.SURVEY:
        return False
    return bool(line.definition.get("expression"))


def line_problems(line: Line, *, is_specified: bool = True) -> list[Invalid]:
    """Return everything wrong with the terms of one line, each at its field."""
    found = [*_mark_problems(line), *_measure_problems(line, is_specified)]
    if rests_on_counts(line):
        try:
            read_conversion(line.conversion or [], line.direction)
        except Invalid as refusal:
            found.append(refusal)
    return found


def _mark_problems(line: Line) -> Iterable[Invalid]:
    if not LOWEST <= line.threshold <= HIGHEST:
        yield Invalid(N_("The threshold must lie on the scale, between 0 and 10."), field="threshold")
    elif line.target is not None and not line.threshold <= line.target <= HIGHEST:
        yield Invalid(N_("The target must lie between the threshold and 10."), field="target")
    if line.weight < 0:
        yield Invalid(N_("A weight cannot be negative. Write 0 for a line that counts for nothing."), field="weight")
    if line.is_internal and line.is_paying:
        yield Invalid(
            N_("An internal line is not shown to the client, so it cannot move money. Untick one of the two."),
            field="is_internal",
        )


def _measure_problems(line: Line, is_specified: bool) -> Iterable[Invalid]:
    if line.measure is Measure.MIXED and not (line.survey_share and 0 < line.survey_share < 1):
        yield Invalid(
            N_("State the survey's share of a mixed line, more than 0 % and less than 100 %."),
            field="survey_share",
        )
    if line.measure in {Measure.FACTUAL, Measure.MIXED} and not line.definition.get("expression"):
        yield Invalid(
            N_("This indicator has no formula: it cannot be measured by facts. Choose another measure."),
            field="measure",
        )
    if not is_specified and not line.written_measure.strip():
        yield Invalid(
            N_("The catalogue prints no measure for this line. Write how both parties will measure it."),
            field="written_measure",
        )


def check_ready(lines: Sequence[Line]) -> None:
    """Refuse to propose or validate an agreement that binds nobody to anything."""
    shared = [line for line in lines if not line.is_internal]
    if not shared:
        raise Refusal(N_("This agreement has no line that the client would see. Add at least one from the catalogue."))
    if sum(line.weight for line in shared) == 0:
        raise Refusal(
            N_("Every weight is zero, so there is no overall mark. Give a weight to at least one line."),
            field="weight",
        )


def check_dated_targets(lines: Iterable[Line], names: Mapping[str, str], starts_on: date, ends_on: date) -> None:
    """Refuse a line that moves money towards no target, or towards one without a day inside the agreement."""
    paying = [line for line in lines if line.is_paying]
    without = [names[line.indicator_key] for line in paying if line.target is None]
    if without:
        raise Refusal(
            N_("These lines move money without a target: %(lines)s. Open each one and write its target, out of ten."),
            field="target",
            lines=", ".join(without),
        )
    undated = [
        names[line.indicator_key]
        for line in paying
        if line.objective_on is None or not starts_on <= line.objective_on <= ends_on
    ]
    if undated:
        raise Refusal(
            N_(
                "These lines move money towards a target without a day inside the agreement: %(lines)s. "
                "Open each one and write by when its target is to be reached."
            ),
            field="objective_on",
            lines=", ".join(undated),
        )


def is_crowded(n_lines: int) -> bool:
    """Tell when the list grows past what people can steer by: a gentle warning, not a refusal."""
    return n_lines > MANY_LINES


class DatedLine(Line, Protocol):
    objective: str
    accountable: str


def lacking_qualities(line: DatedLine, *, n_respondents: int, is_validated: bool) -> list[tuple[str, str]]:
    """Return each quality that the line does not show yet, with what would show it."""
    lacking = {
        "specific": not line.objective.strip(),
        "measurable": rests_on_counts(line) and not line.accountable.strip(),
        "objective": line.measure in {Measure.SURVEY, Measure.MIXED} and n_respondents < 3,
        "attainable": line.objective_on is None or line.target == 10,
        "fair": line.is_paying and line.obligor.value != "agency",
        "validated": not is_validated,
    }
    return [words for key, words in QUALITIES.items() if lacking[key]]


def sanction_flags(line: Line, *, n_respondents: int, has_baseline: bool) -> tuple[SanctionFlag, ...]:
    """Return why a paying line could punish rather than steer; a line that pays nothing has no flag."""
    if not line.is_paying:
        return ()
    asked = line.threshold if line.target is None else line.target
    is_surveyed = line.measure in {Measure.SURVEY, Measure.MIXED}
    reasons = {
        SanctionFlag.NO_HEADROOM: 10 - asked < MIN_HEADROOM,
        SanctionFlag.OTHER_PARTY: line.obligor is not Obligor.AGENCY,
        SanctionFlag.FEW_RESPONDENTS: is_surveyed and n_respondents < MIN_RESPONDENTS,
        SanctionFlag.NO_BASELINE: not has_baseline,
    }
    return tuple(flag for flag, holds in reasons.items() if holds)


def check_acceptances(flagged: Sequence[tuple[Line, tuple[SanctionFlag, ...]]], names: dict[str, str]) -> None:
    """Refuse to go on while a flagged line lacks the written reason why both parties keep it."""
    missing = [names[line.indicator_key] for line, flags in flagged if flags and not line.sanction_acceptance.strip()]
    if missing:
        raise Refusal(
            N_(
                "These lines move money and are flagged: %(lines)s. Open each one and write why both parties accept it."
            ),
            field="sanction_acceptance",
            lines=", ".join(missing),
        )


def propose_target(baseline: Fraction, threshold: Decimal) -> Decimal:
    """Return the threshold where the baseline is below it, else a third of the way left to ten."""
    if baseline < Fraction(threshold):
        return threshold
    return round_half_up(baseline + SHARE_OF_THE_WAY * (10 - baseline), 1)


@dataclass(frozen=True)
class Step:
    key: str
    label: str
    is_done: bool
    is_current: bool


def agreement_steps(*, n_lines: int, n_dated: int, is_validated: bool, has_baseline: bool) -> list[Step]:
    """Return the five steps; the first that is not done is where the parties stand."""
    done = {
        "sla": True,
        "indicators": n_lines > 0,
        "objectives": n_lines > 0 and n_dated == n_lines,
        "validation": is_validated,
        # The first measure is the reference and opens the first plans.
        "plans": is_validated and has_baseline,
    }
    current = next((key for key, _ in STEPS if not done[key]), None)
    return [Step(key, label, done[key], key == current) for key, label in STEPS]


MAX_POINTS = 8
MAX_MARK = Fraction(10)
# Where an indicator of the agency's own brings no table, a percentage is read as a tenth of itself.
PERCENT_UP = (("0", "0"), ("70", "7"), ("100", "10"))
PERCENT_DOWN = (("0", "10"), ("30", "7"), ("100", "0"))


@dataclass(frozen=True)
class Conversion:
    """Points in the order of the fact; outside the table the nearest end holds."""

    points: tuple[tuple[Fraction, Fraction], ...]

    def mark(self, fact: Fraction) -> Fraction:
        """Return the exact mark of a fact."""
        for (low, low_mark), (high, high_mark) in pairwise(self.points):
            if fact <= low:
                return low_mark
            if fact <= high:
                return low_mark + (high_mark - low_mark) * (fact - low) / (high - low)
        return self.points[-1][1]


def is_positive_number(text: str) -> bool:
    try:
        return read_quantity(text) > 0
    except Invalid:
        return False


def read_conversion(rows: Sequence[Sequence[str]], direction: Direction) -> Conversion:
    """Read a table, or say what is wrong with it: marks must follow the direction from fact to fact."""
    try:
        points = tuple((read_quantity(fact), read_quantity(mark, is_below_thousand=True)) for fact, mark in rows)
    except Invalid as refusal:
        raise Invalid(refusal.message, field="conversion", **refusal.values) from None
    _check_size(points)
    ordered = tuple(sorted(points))
    for (fact, mark), (next_fact, next_mark) in pairwise(ordered):
        if fact == next_fact:
            raise Invalid(N_("The conversion table gives two marks for the same fact. Keep one."), field="conversion")
        if (mark > next_mark) if direction is Direction.UP else (mark < next_mark):
            raise Invalid(_NOT_MONOTONE[direction], field="conversion")
    return Conversion(ordered)


_NOT_MONOTONE = {
    Direction.UP: N_(
        "In the conversion table a greater fact may never give a lower mark. Correct the marks or the direction."
    ),
    Direction.DOWN: N_(
        "In the conversion table a greater fact may never give a higher mark. Correct the marks or the direction."
    ),
}


def _check_size(points: tuple[tuple[Fraction, Fraction], ...]) -> None:
    if not 2 <= len(points) <= MAX_POINTS:
        raise Invalid(N_("The conversion table needs from two to eight points."), field="conversion")
    if any(not 0 <= mark <= MAX_MARK for _, mark in points):
        raise Invalid(N_("The marks of the conversion table must lie between 0 and 10."), field="conversion")
    if len({mark for _, mark in points}) == 1:
        raise Invalid(
            N_("The conversion table gives the same mark to every fact. Use at least two marks."),
            field="conversion",
        )


def default_points(unit: str, direction: Direction) -> tuple[tuple[str, str], ...]:
    """Return the table to start from where the catalogue has none; only a percentage has one."""
    if unit != "percent":
        return ()
    return PERCENT_UP if direction is Direction.UP else PERCENT_DOWN
