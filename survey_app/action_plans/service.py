"""Open a plan for every breach, and settle earlier plans by the wave that measured them again."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.action_plans.models import ActionPlan, PlanState, Verdict
from survey_app.action_plans.rules import DEFAULT_MIN_RESPONDENTS, Criterion, breaches, judge
from survey_app.agreements.models import Measure
from survey_app.audit.service import record
from survey_app.campaigns.models import Wave
from survey_app.errors import N_, Refusal
from survey_app.scores.models import Score, ScoreLevel


def open_plans(session: Session, wave: Wave, scores: Sequence[Score], actor: str, now: datetime) -> list[ActionPlan]:
    """Open one drafted plan for each line strictly below its threshold; a client's line binds the client."""
    plans = [_draft_plan(wave, score, now) for score in breaches(_lines(scores))]
    session.add_all(plans)
    session.flush()
    for plan in plans:
        record(
            session,
            actor=actor,
            action="plan_opened",
            subject_type="action_plan",
            subject_id=plan.id,
            now=now,
            details={"indicator": plan.indicator_key, "wave": wave.id},
        )
    return plans


def settle_plans(session: Session, wave: Wave, scores: Sequence[Score], actor: str, now: datetime) -> list[ActionPlan]:
    """Give every open plan of this campaign the wave's verdict where it measures the plan's line."""
    by_key = {score.subject_key: score for score in _lines(scores)}
    pending = session.scalars(
        select(ActionPlan)
        .join(Wave, ActionPlan.wave_id == Wave.id)
        .where(
            Wave.campaign_id == wave.campaign_id,
            ActionPlan.wave_id != wave.id,
            ActionPlan.verdict.is_(None),
            ActionPlan.indicator_key.in_(by_key),
        )
        .order_by(ActionPlan.id)
    ).all()
    for plan in pending:
        _settle(plan, wave, by_key[plan.indicator_key])
        record(
            session,
            actor=actor,
            action="plan_settled",
            subject_type="action_plan",
            subject_id=plan.id,
            now=now,
            details={"verdict": plan.verdict, "wave": wave.id},
        )
    return list(pending)


def _lines(scores: Sequence[Score]) -> list[Score]:
    return [score for score in scores if score.level is ScoreLevel.INDICATOR]


def _draft_plan(wave: Wave, score: Score, now: datetime) -> ActionPlan:
    if score.threshold is None or wave.agreement_version_id is None:
        raise Refusal(N_("A plan needs a line of an agreement."))
    return ActionPlan(
        client_id=wave.campaign.client_id,
        wave_id=wave.id,
        agreement_version_id=wave.agreement_version_id,
        indicator_key=score.subject_key,
        is_breach=True,
        party=score.obligor,
        state=PlanState.DRAFTED,
        exact_score=score.exact,
        threshold=score.threshold,
        success_level=score.threshold,
        min_respondents=min(DEFAULT_MIN_RESPONDENTS, max(score.population, 1)),
        created_at=now,
    )


def _settle(plan: ActionPlan, wave: Wave, score: Score) -> None:
    judgement = judge(
        Criterion(plan.success_level, plan.min_respondents),
        score,
        is_survey=score.measure in (Measure.SURVEY, Measure.MIXED),
    )
    plan.verdict, plan.verdict_reason = Verdict(judgement.verdict), judgement.reason
    plan.settled_by_wave_id, plan.state = wave.id, PlanState.SETTLED
