"""Plans that no breach asked for, and plans that answer for several lines."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.action_plans.history import note_change, note_deed
from survey_app.action_plans.models import ActionPlan, PlanStep
from survey_app.action_plans.queries import find_score, last_closed_number
from survey_app.action_plans.rules import DEFAULT_MIN_RESPONDENTS
from survey_app.action_plans.vocabulary import PlanState
from survey_app.agreements.models import AgreementVersion, Commitment
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.campaigns.queries import find_validated_version
from survey_app.errors import N_, Invalid, Refusal


def agreed_lines(session: Session, campaign: Campaign) -> list[Commitment]:
    """Return the lines of the agreement in force that the campaign's waves measure."""
    version = find_validated_version(session, campaign.agreement_id)
    return list(version.commitments) if version else []


def open_voluntary_plan(
    session: Session, campaign: Campaign, indicator_keys: Sequence[str], actor: str, now: datetime
) -> ActionPlan:
    """Open a plan on lines that hold, to do better still: the first line leads, the others are covered by it."""
    version = find_validated_version(session, campaign.agreement_id)
    if version is None:
        raise Refusal(N_("A plan needs an agreement in force. Validate one first."))
    lines = {line.indicator_key: line for line in version.commitments}
    chosen = [lines[key] for key in dict.fromkeys(indicator_keys) if key in lines]
    if not chosen:
        raise Invalid(N_("Choose at least one line of the agreement."), field="lines")
    if len({line.is_internal for line in chosen}) > 1:
        raise Invalid(N_("A plan that the client co-signs cannot cover an internal line."), field="lines")
    last_wave = _last_closed_wave(session, campaign)
    plans = [_draft(session, campaign, version, line, last_wave, now) for line in chosen]
    for plan in plans:
        plan.leader = plans[0] if plan is not plans[0] else None
        plan.steps.append(PlanStep(at=now, actor=actor, state=PlanState.DRAFTED))
    session.add_all(plans)
    session.flush()
    note_deed(session, plans[0], "plan_opened", actor, now, lines=[line.indicator_key for line in chosen])
    return plans[0]


def _last_closed_wave(session: Session, campaign: Campaign) -> Wave | None:
    return session.scalar(
        select(Wave)
        .where(Wave.campaign_id == campaign.id, Wave.state == WaveState.CLOSED)
        .order_by(Wave.number.desc())
        .limit(1)
    )


def _draft(
    session: Session, campaign: Campaign, version: AgreementVersion, line: Commitment, wave: Wave | None, now: datetime
) -> ActionPlan:
    score = find_score(session, wave.id, line.indicator_key) if wave else None
    population = score.population if score else 0
    return ActionPlan(
        client_id=campaign.client_id,
        wave_id=wave.id if wave else None,
        agreement_version_id=version.id,
        indicator_key=line.indicator_key,
        is_breach=False,
        is_internal=line.is_internal,
        party=line.obligor,
        state=PlanState.DRAFTED,
        exact_score=score.exact if score else None,
        threshold=line.threshold,
        success_level=max(line.threshold, line.target or Decimal(0)),
        min_respondents=min(DEFAULT_MIN_RESPONDENTS, max(population, 1)) if score else DEFAULT_MIN_RESPONDENTS,
        judging_campaign_id=campaign.id,
        judging_wave_number=last_closed_number(session, campaign.id) + 1,
        created_at=now,
    )


def coverable(session: Session, plan: ActionPlan) -> Sequence[ActionPlan]:
    """Return the other plans in preparation that could be handled in this one."""
    return session.scalars(
        select(ActionPlan)
        .where(
            ActionPlan.client_id == plan.client_id,
            ActionPlan.id != plan.id,
            ActionPlan.state == PlanState.DRAFTED,
            ActionPlan.leader_id.is_(None),
            ActionPlan.is_internal == plan.is_internal,
        )
        .order_by(ActionPlan.id)
    ).all()


def cover(session: Session, plan: ActionPlan, other_ids: Sequence[int], actor: str, now: datetime) -> None:
    """Handle other lines in this plan: the work is written once, each line keeps its own verdict."""
    if plan.state is not PlanState.DRAFTED or plan.leader is not None:
        raise Refusal(N_("Lines are brought together while the plan is in preparation."))
    open_ones = {other.id: other for other in coverable(session, plan)}
    chosen = [open_ones[other_id] for other_id in other_ids if other_id in open_ones]
    if not chosen:
        raise Invalid(N_("Choose at least one plan to handle in this one."), field="lines")
    for other in chosen:
        if other.actions or other.covered:
            raise Invalid(N_("A plan that has its own actions stays on its own."), field="lines")
        other.leader = plan
        note_deed(session, other, "plan_covered", actor, now, by=plan.id)
    note_change(plan, actor, now)
    session.flush()


def uncover(session: Session, plan: ActionPlan, actor: str, now: datetime) -> None:
    """Give a covered line its own plan back, while that is still in preparation."""
    if plan.leader is None or plan.state is not PlanState.DRAFTED:
        raise Refusal(N_("Lines are parted while the plan is in preparation."))
    note_change(plan.leader, actor, now)
    plan.leader = None
    note_deed(session, plan, "plan_uncovered", actor, now)
    session.flush()
