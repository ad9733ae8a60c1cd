"""When a plan starts, what may happen to it next, what will settle it, and what the next wave says of it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, TypeVar

from survey_app.action_plans.vocabulary import ActionState, PlanState, Verdict
from survey_app.errors import N_, Invalid, Refusal

DEFAULT_MIN_RESPONDENTS = 3
MAX_LEVEL = Decimal(10)
NOTHING, ANNOUNCED, OVERDUE, ESCALATED = range(4)
DAYS_AHEAD = 7
DAYS_TO_ESCALATION = 7
OPEN_STATES = (PlanState.DRAFTED, PlanState.PROPOSED, PlanState.AGREED, PlanState.UNDER_WAY, PlanState.DONE)
WORKING_STATES = (PlanState.AGREED, PlanState.UNDER_WAY)
ENDED = (ActionState.DONE, ActionState.DROPPED)
STARTED_STATES = (PlanState.UNDER_WAY, PlanState.DONE)

# Every change of state that exists; what is not here is refused.
MOVES: dict[PlanState, tuple[PlanState, ...]] = {
    PlanState.DRAFTED: (PlanState.PROPOSED, PlanState.AGREED, PlanState.SETTLED),
    PlanState.PROPOSED: (PlanState.DRAFTED, PlanState.AGREED, PlanState.SETTLED),
    PlanState.AGREED: (PlanState.UNDER_WAY, PlanState.SETTLED),
    PlanState.UNDER_WAY: (PlanState.DONE, PlanState.SETTLED),
    PlanState.DONE: (PlanState.UNDER_WAY, PlanState.SETTLED, PlanState.CLOSED),
    PlanState.SETTLED: (PlanState.CLOSED, PlanState.DRAFTED),
    PlanState.CLOSED: (PlanState.DRAFTED,),
}
REFUSED_MOVES = {
    PlanState.PROPOSED: N_("Only a plan in preparation can be proposed to the client."),
    PlanState.AGREED: N_("Only a plan that waits for its co-signature can be agreed."),
    PlanState.UNDER_WAY: N_("Work starts once both parties have agreed the plan: propose it first."),
    PlanState.DONE: N_("Only a plan under way can be called done: start it first."),
    PlanState.SETTLED: N_("This plan already has its verdict."),
    PlanState.CLOSED: N_("A plan is closed once a wave has judged it, or once it is done and no wave will."),
    PlanState.DRAFTED: N_("Only a settled or closed plan can be reopened."),
}


class JudgedScore(Protocol):
    """A line's score as plans need it: read-only, so that a table row fits."""

    @property
    def exact(self) -> Fraction | None: ...
    @property
    def is_breach(self) -> bool: ...
    @property
    def n_respondents(self) -> int: ...


Scored = TypeVar("Scored", bound=JudgedScore)


@dataclass(frozen=True)
class Judgement:
    """What a wave says of a plan: a verdict, and its reason as a sentence to translate."""

    verdict: str
    reason: str


@dataclass(frozen=True)
class Criterion:
    """What is agreed before work starts: the line, the level to reach, the wave that judges, the answers it takes."""

    indicator_key: str
    level: Decimal
    campaign_id: int
    wave_number: int
    min_respondents: int


def breaches(scores: Iterable[Scored]) -> list[Scored]:
    """Return the measurable lines strictly below their threshold: each starts a plan, however uncertain."""
    return [score for score in scores if score.exact is not None and score.is_breach]


def judge(criterion: Criterion, score: JudgedScore | None, *, is_survey: bool, has_started: bool) -> Judgement:
    """Judge a plan by the wave that measures its line again; a mark is credited only to work that was done."""
    if score is None or score.exact is None:
        return Judgement(Verdict.CANNOT_TELL, N_("The line was not measurable in this wave."))
    if is_survey and score.n_respondents < criterion.min_respondents:
        return Judgement(Verdict.CANNOT_TELL, N_("Too few people answered to tell."))
    if score.exact < Fraction(criterion.level):
        return Judgement(Verdict.NOT_EFFECTIVE, N_("The mark stayed under the agreed level."))
    if not has_started:
        reason = N_("The mark reached the level, but the plan had not started: it cannot be credited with it.")
        return Judgement(Verdict.CANNOT_TELL, reason)
    return Judgement(Verdict.EFFECTIVE, N_("The mark reached the agreed level."))


def check_move(state: PlanState, to: PlanState) -> None:
    if to not in MOVES[state]:
        raise Refusal(REFUSED_MOVES[to])


def check_criterion(criterion: Criterion, threshold: Decimal, last_closed_number: int) -> None:
    """Refuse a criterion that would prove nothing: under the threshold, or judged by a wave that is over."""
    if criterion.level < threshold:
        raise Invalid(
            N_("The level to reach is %(level)s and the threshold is %(threshold)s: ask for the threshold at least."),
            field="success_level",
            level=plain(criterion.level),
            threshold=plain(threshold),
        )
    if criterion.level > MAX_LEVEL:
        raise Invalid(N_("A mark is out of 10: ask for 10 at most."), field="success_level")
    if criterion.min_respondents < 1:
        raise Invalid(N_("At least one person must answer for the wave to tell."), field="min_respondents")
    if criterion.wave_number <= last_closed_number:
        raise Invalid(
            N_("Wave %(number)s is already closed. Choose a later one, from number %(next)s."),
            field="judging_wave_number",
            number=criterion.wave_number,
            next=last_closed_number + 1,
        )


def plain(number: Decimal) -> str:
    """Write a level as it was typed, without the zeros of its column."""
    return format(number.normalize(), "f")


def check_period(starts_on: date | None, ends_on: date, field: str) -> None:
    if starts_on is not None and ends_on < starts_on:
        raise Invalid(
            N_("It would end before it starts (%(start)s). Choose a later end or an earlier start."),
            field=field,
            start=starts_on.isoformat(),
        )


def seal_criteria(criteria: Sequence[Criterion]) -> str:
    """Return the SHA-256 of the criteria in one canonical form: what was agreed can be shown not to have moved."""
    rows = [{**asdict(criterion), "level": plain(criterion.level)} for criterion in criteria]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()


def reminder_stage(due_on: date, today: date) -> int:
    """Return how far the reminders of an open action should have gone: a week before, the day after, a week late."""
    n_days_late = (today - due_on).days
    if n_days_late >= DAYS_TO_ESCALATION:
        return ESCALATED
    if n_days_late >= 1:
        return OVERDUE
    return ANNOUNCED if n_days_late >= -DAYS_AHEAD else NOTHING
