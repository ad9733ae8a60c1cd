"""Tell each owner of an action what is theirs, remind them around its due date, then tell the lead: each once."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from survey_app.action_plans.models import ActionPlan, PlanAction, PlanLink
from survey_app.action_plans.queries import is_reachable, language_of, list_leads
from survey_app.action_plans.rules import DAYS_AHEAD, ESCALATED, NOTHING, WORKING_STATES, reminder_stage
from survey_app.action_plans.service import give_link, write_mail
from survey_app.action_plans.vocabulary import LinkPurpose
from survey_app.clock import local_day

ASSIGNED, DUE, ESCALATION = "plan_assigned", "plan_due", "plan_escalation"
MAIL_HOUR = time(8, 30)


def tell_owners(session: Session, plan: ActionPlan, token_key: bytes, now: datetime) -> int:
    """Write to every owner who has something new, and revoke the links of those who own nothing here any more."""
    if plan.state not in WORKING_STATES:
        return 0
    owned: dict[str, list[PlanAction]] = {}
    for action in plan.actions:
        if is_reachable(action):
            owned.setdefault(action.owner_email, []).append(action)
    _revoke_others(session, plan, set(owned), now)
    for actions in owned.values():
        _assign(session, plan, actions, token_key, now)
    return len(owned)


def _assign(session: Session, plan: ActionPlan, actions: list[PlanAction], token_key: bytes, now: datetime) -> None:
    owner = actions[0]
    language = language_of(owner, plan.client.language)
    link = give_link(session, plan, LinkPurpose.ACT, owner.owner, owner.owner_email, language, token_key, now)
    newest = max(action.id for action in actions)
    write_mail(session, ASSIGNED, link, link.email, language, now, key=str(newest))


def _revoke_others(session: Session, plan: ActionPlan, emails: set[str], now: datetime) -> None:
    living = session.scalars(
        select(PlanLink).where(
            PlanLink.plan_id == plan.id, PlanLink.purpose == LinkPurpose.ACT, PlanLink.revoked_at.is_(None)
        )
    ).all()
    for link in living:
        if link.email not in emails:
            link.revoked_at = now
    session.flush()


def remind_plans(session: Session, now: datetime) -> int:
    """Write the reminders that are due and return how many; running it twice writes nothing twice."""
    return sum(_remind(session, action, now) for action in _due_soon(session, now))


def _due_soon(session: Session, now: datetime) -> Sequence[PlanAction]:
    # Two days of margin cover every time zone; the rule itself decides by the client's own day.
    horizon = local_day(now, "UTC") + timedelta(days=DAYS_AHEAD + 2)
    return session.scalars(
        select(PlanAction)
        .join(ActionPlan)
        .where(
            PlanAction.ended_on.is_(None),
            PlanAction.n_reminders < ESCALATED,
            PlanAction.due_on <= horizon,
            ActionPlan.state.in_(WORKING_STATES),
            or_(PlanAction.n_reminders == NOTHING, PlanAction.due_on < local_day(now, "UTC") + timedelta(days=2)),
        )
        .options(joinedload(PlanAction.plan).joinedload(ActionPlan.client))
        .order_by(PlanAction.id)
        .with_for_update(of=PlanAction)
    ).all()


def _remind(session: Session, action: PlanAction, now: datetime) -> int:
    zone = ZoneInfo(action.plan.client.time_zone)
    today = local_day(now, action.plan.client.time_zone)
    stage = reminder_stage(action.due_on, today)
    if stage <= action.n_reminders:
        return 0
    action.n_reminders = stage
    not_before = datetime.combine(today, MAIL_HOUR, zone)
    # An owner who has left or cannot be written to is the lead's business at once.
    if stage == ESCALATED or not is_reachable(action):
        return _tell_leads(session, action, stage, not_before, now)
    language, key = language_of(action, action.plan.client.language), f"{action.due_on.isoformat()}:{stage}"
    write_mail(session, DUE, action, action.owner_email, language, now, key=key, not_before=not_before)
    return 1


def _tell_leads(session: Session, action: PlanAction, stage: int, not_before: datetime, now: datetime) -> int:
    key = f"{action.due_on.isoformat()}:{stage}"
    leads = list_leads(session, action.plan.client_id)
    for lead in leads:
        write_mail(session, ESCALATION, action, lead.email, lead.language, now, key=key, not_before=not_before)
    return len(leads)
