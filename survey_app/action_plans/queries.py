"""Read plans, and what stands around a line: its score, its comments, its earlier plans."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from survey_app.accounts.access import Permission, Viewer
from survey_app.action_plans.models import ActionPlan, CriterionAmendment, PlanAction, PlanPhase
from survey_app.agreements.queries import find_line
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.catalogue.content import load_catalogue
from survey_app.errors import N_, NotFound
from survey_app.formats import format_number
from survey_app.scores.comments import Comment, comments_by_indicator
from survey_app.scores.disclosure import Reader
from survey_app.scores.models import Score, ScoreLevel

MOST_WAVES = 6


@dataclass(frozen=True)
class Comments:
    """What people wrote about a line, or how many wrote where their words may not be shown."""

    shown: list[Comment]
    n_hidden: int


def get_plan(session: Session, viewer: Viewer, plan_id: int, *, is_writing: bool = False) -> ActionPlan:
    """Return a plan of a client that the viewer works for, locked where it is about to change."""
    query = select(ActionPlan).where(ActionPlan.id == plan_id)
    plan = session.scalar(query.with_for_update().execution_options(populate_existing=True) if is_writing else query)
    if plan is None or not viewer.sees_client(plan.client_id):
        raise NotFound(N_("This plan does not exist. Choose one from the client's page."))
    return plan


def plan_of_line(session: Session, wave: Wave, indicator_key: str) -> ActionPlan:
    """Return the plan that a line of the wave started; a breach's own plan comes before a voluntary one."""
    plan = session.scalars(
        select(ActionPlan)
        .where(ActionPlan.wave_id == wave.id, ActionPlan.indicator_key == indicator_key)
        .order_by(ActionPlan.is_breach.desc(), ActionPlan.id)
        .limit(1)
    ).one_or_none()
    if plan is None:
        raise NotFound(N_("This line started no plan in this wave. The client’s page lists the plans."))
    return plan


def get_action(plan: ActionPlan, action_id: int) -> PlanAction:
    for action in plan.actions:
        if action.id == action_id:
            return action
    raise NotFound(N_("This action is not in the plan any more."))


def get_phase(plan: ActionPlan, phase_id: int) -> PlanPhase:
    for phase in plan.phases:
        if phase.id == phase_id:
            return phase
    raise NotFound(N_("This phase is not in the plan any more."))


def list_plans(session: Session, client_id: int) -> Sequence[ActionPlan]:
    """Return the client's plans, newest first; a covered line comes with its leader."""
    return session.scalars(
        select(ActionPlan)
        .where(ActionPlan.client_id == client_id, ActionPlan.leader_id.is_(None))
        .options(
            joinedload(ActionPlan.wave),
            joinedload(ActionPlan.agreement_version),
            selectinload(ActionPlan.actions),
            selectinload(ActionPlan.phases),
            selectinload(ActionPlan.covered),
        )
        .order_by(ActionPlan.created_at.desc(), ActionPlan.id.desc())
    ).all()


def line_label(plan: ActionPlan, language: str) -> str:
    """Name the line as the agreement does, or as the catalogue does where the agreement says nothing."""
    line = find_line(plan.agreement_version, plan.indicator_key)
    if line is not None and line.definition.get(f"label_{language}"):
        return line.label(language)
    return load_catalogue().label(plan.indicator_key, language)


def line_score(session: Session, plan: ActionPlan) -> Score | None:
    """Return the score that opened the plan, with its interval and its counts."""
    return find_score(session, plan.wave_id, plan.indicator_key) if plan.wave_id is not None else None


def find_score(session: Session, wave_id: int, indicator_key: str) -> Score | None:
    return session.scalar(
        select(Score).where(
            Score.wave_id == wave_id, Score.level == ScoreLevel.INDICATOR, Score.subject_key == indicator_key
        )
    )


def earlier_plans(session: Session, plan: ActionPlan) -> Sequence[ActionPlan]:
    """Return the plans that the same line of this client had before, the latest first."""
    return session.scalars(
        select(ActionPlan)
        .where(
            ActionPlan.client_id == plan.client_id,
            ActionPlan.indicator_key == plan.indicator_key,
            ActionPlan.id != plan.id,
            (ActionPlan.created_at < plan.created_at)
            | ((ActionPlan.created_at == plan.created_at) & (ActionPlan.id < plan.id)),
        )
        .order_by(ActionPlan.created_at.desc(), ActionPlan.id.desc())
    ).all()


def line_comments(session: Session, plan: ActionPlan, viewer: Viewer) -> Comments:
    """Return what people wrote about the line, as far as the wave's privacy mode lets this reader read it."""
    wave, score = plan.wave, line_score(session, plan)
    if wave is None or wave.definition is None or score is None:
        return Comments([], 0)
    reader = Reader(wave.campaign.mode.value, viewer.may(Permission.SEE_NAMES))
    written = comments_by_indicator(session, wave, reader).get(plan.indicator_key, [])
    if not reader.may_see_comments(score.n_respondents):
        return Comments([], len(written))
    return Comments(written, 0)


def last_closed_number(session: Session, campaign_id: int) -> int:
    """Return the number of the last wave of the campaign that has been closed, 0 where none has."""
    query = select(func.max(Wave.number)).where(Wave.campaign_id == campaign_id, Wave.state == WaveState.CLOSED)
    return session.scalar(query) or 0


def closed_waves(session: Session, client_id: int) -> Sequence[Wave]:
    """Return the client's last closed waves, those whose respondents can be told what was done."""
    return session.scalars(
        select(Wave)
        .join(Campaign)
        .where(Campaign.client_id == client_id, Wave.state == WaveState.CLOSED)
        .order_by(Wave.closed_at.desc(), Wave.id.desc())
        .limit(MOST_WAVES)
    ).all()


def find_judging_wave(session: Session, plan: ActionPlan) -> Wave | None:
    """Return the wave that will judge the plan, where it is planned already."""
    return session.scalar(
        select(Wave)
        .where(
            Wave.campaign_id == plan.judging_campaign_id,
            Wave.number >= plan.judging_wave_number,
            Wave.state != WaveState.CANCELLED,
        )
        .order_by(Wave.number)
        .limit(1)
    )


def format_level(level: Decimal, language: str) -> str:
    """Write a threshold or a level with every decimal that was agreed: 7.25 never reads 7.3."""
    digits = max(1, -int(level.normalize().as_tuple().exponent))
    return format_number(level, digits, language)


def amendment_values(amendment: CriterionAmendment, language: str) -> dict[str, object]:
    """Return what the sentence about an amendment says: the criterion before, and the one proposed."""
    return {
        "number": amendment.number,
        "old": format_level(amendment.old_level, language),
        "new": format_level(amendment.level, language),
        "old_wave": amendment.old_wave_number,
        "wave": amendment.wave_number,
        "old_people": amendment.old_min_respondents,
        "people": amendment.min_respondents,
    }


def criterion_values(line: ActionPlan, language: str) -> dict[str, object]:
    """Return what the sentence about a criterion says, as its reader writes numbers."""
    return {
        "line": line_label(line, language),
        "level": format_level(line.success_level, language),
        "number": line.judging_wave_number,
        "campaign": line.judging_campaign.title,
        "people": line.min_respondents,
    }
