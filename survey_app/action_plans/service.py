"""Open a plan for every breach, and settle earlier plans by the wave that measured them again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from survey_app.action_plans.history import move, note_deed
from survey_app.action_plans.models import ActionPlan, CriterionAmendment, PlanProposal, PlanState, PlanStep
from survey_app.action_plans.rules import (
    DEFAULT_MIN_RESPONDENTS,
    OPEN_STATES,
    STARTED_STATES,
    Criterion,
    Judgement,
    breaches,
    judge,
    seal_criteria,
)
from survey_app.action_plans.vocabulary import Outcome, Verdict
from survey_app.agreements.models import Measure
from survey_app.campaigns.models import Wave
from survey_app.errors import N_, Refusal
from survey_app.scores.models import Score, ScoreLevel


def open_plans(session: Session, wave: Wave, scores: Sequence[Score], actor: str, now: datetime) -> list[ActionPlan]:
    """Open one drafted plan for each line strictly below its threshold; a client's line binds the client."""
    plans = [_draft_plan(wave, score, now) for score in breaches(_lines(scores))]
    for plan in plans:
        plan.steps.append(PlanStep(at=now, actor=actor, state=PlanState.DRAFTED))
    session.add_all(plans)
    session.flush()
    for plan in plans:
        note_deed(session, plan, "plan_opened", actor, now, wave=wave.id)
    return plans


def settle_plans(session: Session, wave: Wave, scores: Sequence[Score], actor: str, now: datetime) -> list[ActionPlan]:
    """Give every open plan that this wave judges its verdict, where the wave carries the plan's line."""
    by_key = {score.subject_key: score for score in _lines(scores)}
    pending = session.scalars(
        select(ActionPlan).where(_is_judged_by(wave), ActionPlan.indicator_key.in_(by_key)).order_by(ActionPlan.id)
    ).all()
    for plan in pending:
        _settle(session, plan, wave, by_key[plan.indicator_key], actor, now)
    return list(pending)


def has_started(plan: ActionPlan) -> bool:
    """Tell whether work was recorded; a covered line moves with the plan that covers it."""
    return plan.state in STARTED_STATES


def criterion_of(plan: ActionPlan) -> Criterion:
    return Criterion(
        plan.indicator_key, plan.success_level, plan.judging_campaign_id, plan.judging_wave_number, plan.min_respondents
    )


def is_seal_intact(plan: ActionPlan) -> bool:
    """Tell whether the criterion still is the one that was sealed; before the seal there is nothing to break."""
    return plan.seal is None or plan.seal == seal_criteria([criterion_of(plan)])


def _lines(scores: Sequence[Score]) -> list[Score]:
    return [score for score in scores if score.level is ScoreLevel.INDICATOR]


def _is_judged_by(wave: Wave) -> ColumnElement[bool]:
    return and_(
        ActionPlan.judging_campaign_id == wave.campaign_id,
        ActionPlan.judging_wave_number <= wave.number,
        ActionPlan.verdict.is_(None),
        ActionPlan.state.in_(OPEN_STATES),
    )


def _draft_plan(wave: Wave, score: Score, now: datetime) -> ActionPlan:
    if score.threshold is None or wave.agreement_version_id is None:
        raise Refusal(N_("A plan needs a line of an agreement."))
    return ActionPlan(
        client_id=wave.campaign.client_id,
        wave_id=wave.id,
        agreement_version_id=wave.agreement_version_id,
        indicator_key=score.subject_key,
        is_breach=True,
        is_internal=score.is_internal,
        party=score.obligor,
        state=PlanState.DRAFTED,
        exact_score=score.exact,
        threshold=score.threshold,
        success_level=score.threshold,
        min_respondents=min(DEFAULT_MIN_RESPONDENTS, max(score.population, 1)),
        judging_campaign_id=wave.campaign_id,
        judging_wave_number=wave.number + 1,
        created_at=now,
    )


def _settle(session: Session, plan: ActionPlan, wave: Wave, score: Score, actor: str, now: datetime) -> None:
    judgement = _judge(plan, score)
    plan.verdict, plan.verdict_reason = Verdict(judgement.verdict), judgement.reason
    plan.settled_by_wave_id = wave.id
    withdraw_open(plan, now)
    move(session, plan, PlanState.SETTLED, actor, now, note=judgement.reason, score=score)


def _judge(plan: ActionPlan, score: Score) -> Judgement:
    if not is_seal_intact(plan):
        return Judgement(Verdict.CANNOT_TELL, N_("The criterion is no longer the one that was sealed."))
    is_survey = score.measure in (Measure.SURVEY, Measure.MIXED)
    return judge(criterion_of(plan), score, is_survey=is_survey, has_started=has_started(plan))


def withdraw_open(plan: ActionPlan, now: datetime) -> None:
    """End what still waits for the client's answer."""
    waiting: list[PlanProposal | CriterionAmendment] = [*plan.proposals, *plan.amendments]
    for asked in waiting:
        if asked.outcome is Outcome.OPEN:
            asked.outcome, asked.ended_at = Outcome.WITHDRAWN, now
