"""Whose due dates a calendar shows, and the address at which it reads them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from survey_app.accounts.models import User
from survey_app.action_plans.calendar import Event
from survey_app.action_plans.models import ActionPlan, PlanAction, PlanCalendar
from survey_app.action_plans.queries import line_label
from survey_app.action_plans.rules import OPEN_STATES
from survey_app.action_plans.tokens import derive_calendar_token
from survey_app.tokens import MAX_TOKEN, hash_token


def own_calendar(session: Session, user_id: int) -> PlanCalendar | None:
    return session.get(PlanCalendar, user_id)


def give_calendar(session: Session, user_id: int, token_key: bytes, now: datetime) -> PlanCalendar:
    """Give a person a calendar address; asking again makes a new one and closes the old."""
    known = session.get(PlanCalendar, user_id, with_for_update=True)
    version = known.version + 1 if known else 1
    token_hash = hash_token(derive_calendar_token(token_key, user_id, version, now))
    if known is None:
        known = PlanCalendar(user_id=user_id, version=version, token_hash=token_hash, created_at=now)
        session.add(known)
    known.version, known.token_hash, known.created_at = version, token_hash, now
    session.flush()
    return known


def calendar_token(calendar: PlanCalendar, token_key: bytes) -> str:
    return derive_calendar_token(token_key, calendar.user_id, calendar.version, calendar.created_at)


def find_calendar_owner(session: Session, token: str) -> User | None:
    """Return whose calendar an address is; that of somebody who has left opens nothing."""
    if len(token) > MAX_TOKEN:
        return None
    user = session.scalar(
        select(User)
        .join(PlanCalendar, PlanCalendar.user_id == User.id)
        .where(PlanCalendar.token_hash == hash_token(token))
    )
    return user if user is not None and user.active else None


def open_plans_of(session: Session, client_ids: Iterable[int] | None) -> Sequence[ActionPlan]:
    """Return the open plans of these clients, of all of them for None."""
    query = (
        select(ActionPlan)
        .where(ActionPlan.state.in_(OPEN_STATES), ActionPlan.leader_id.is_(None))
        .options(selectinload(ActionPlan.actions), selectinload(ActionPlan.phases))
        .order_by(ActionPlan.id)
    )
    if client_ids is not None:
        query = query.where(ActionPlan.client_id.in_(sorted(client_ids)))
    return session.scalars(query).all()


def plan_events(plans: Iterable[ActionPlan], domain: str, base_url: str, language: str) -> list[Event]:
    """Return the phases and the open actions of the plans."""
    events: list[Event] = []
    for plan in plans:
        place, subject = f"{base_url.rstrip('/')}/plans/{plan.id}", f"{plan.client.name} – {line_label(plan, language)}"
        events += [
            Event(f"plan-phase-{p.id}@{domain}", f"{p.title} ({subject})", p.starts_on, p.ends_on, url=place)
            for p in plan.phases
        ]
        events += action_events(plan.actions, domain, language, url=place)
    return events


def action_events(actions: Iterable[PlanAction], domain: str, language: str, url: str = "") -> list[Event]:
    return [
        Event(
            f"plan-action-{action.id}@{domain}",
            gettext("Due: %(action)s", action=action.title),
            action.due_on,
            action.due_on,
            f"{action.owner} – {line_label(action.plan, language)}",
            url,
        )
        for action in actions
        if action.ended_on is None
    ]
