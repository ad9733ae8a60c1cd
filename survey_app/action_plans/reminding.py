"""Tell each owner of an action what is theirs, remind them around its due date, then tell the lead: each once."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from survey_app.action_plans.models import ActionPlan, PlanAction, PlanLink
from survey_app.action_plans.queries import is_reachable, language_of, list_leads
from survey_app.action_plans.rules import DAYS_AHEAD, ESCALATED, NOTHING, WORKING_STATES, reminder_stage
from survey_app.action_plans.service import give_link
from survey_app.action_plans.vocabulary import LinkPurpose
from survey_app.clock import local_day
from survey_app.outbox.service import enqueue

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
    enqueue(
        session,
        kind=ASSIGNED,
        recipient=link.email,
        language=language,
        subject_id=link.id,
        deduplication_key=f"{ASSIGNED}:{link.id}:{newest}",
        client_id=plan.client_id,
        now=now,
    )


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
    language = language_of(action, action.plan.client.language)
    _write(session, DUE, action, stage, action.owner_email, language, not_before, now)
    return 1


def _tell_leads(session: Session, action: PlanAction, stage: int, not_before: datetime, now: datetime) -> int:
    leads = list_leads(session, action.plan.client_id)
    for lead in leads:
        _write(session, ESCALATION, action, stage, lead.email, lead.language, not_before, now)
    return len(leads)


def _write(
    session: Session,
    kind: str,
    action: PlanAction,
    stage: int,
    recipient: str,
    language: str,
    not_before: datetime,
    now: datetime,
) -> None:
    day: date = action.due_on
    enqueue(
        session,
        kind=kind,
        recipient=recipient,
        language=language,
        subject_id=action.id,
        deduplication_key=f"{kind}:{action.id}:{day.isoformat()}:{stage}:{recipient}"[:200],
        client_id=action.plan.client_id,
        not_before=not_before,
        now=now,
    )
