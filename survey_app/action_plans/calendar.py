"""Due dates and phases as an iCalendar feed (RFC 5545), whole days only."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from survey_app.accounts.models import User
from survey_app.action_plans.models import ActionPlan, PlanAction, PlanCalendar
from survey_app.action_plans.queries import line_label
from survey_app.action_plans.rules import OPEN_STATES
from survey_app.action_plans.tokens import derive_calendar_token
from survey_app.tokens import find_by_token, hash_token

MAX_OCTETS = 75


@dataclass(frozen=True)
class Event:
    uid: str
    summary: str
    starts_on: date
    ends_on: date
    description: str = ""
    url: str = ""


def write_calendar(name: str, events: Iterable[Event], now: datetime) -> str:
    """Return the calendar as a file: lines folded at 75 octets and ended by CR LF."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Client satisfaction//Improvement plans//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"X-WR-CALNAME:{_escape(name)}",
    ]
    for event in events:
        lines += _event_lines(event, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _fold(line))


def _event_lines(event: Event, now: datetime) -> list[str]:
    # The end of a whole-day event is the first day that it does not cover.
    lines = [
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}",
        f"DTSTART;VALUE=DATE:{event.starts_on:%Y%m%d}",
        f"DTEND;VALUE=DATE:{event.ends_on + timedelta(days=1):%Y%m%d}",
        f"SUMMARY:{_escape(event.summary)}",
    ]
    lines += [f"DESCRIPTION:{_escape(event.description)}"] if event.description else []
    lines += [f"URL:{event.url}"] if event.url else []
    return [*lines, "TRANSP:TRANSPARENT", "END:VEVENT"]


def _escape(text: str) -> str:
    """Protect what has a meaning in the format, so that a title never becomes a line of its own."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")


def _fold(line: str) -> Iterator[str]:
    """Cut a line at 75 octets, between characters; what follows starts with a space."""
    part = ""
    for character in line:
        if len((part + character).encode()) > MAX_OCTETS:
            yield part
            part = " "
        part += character
    yield part


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


def find_calendar_owner(session: Session, token: str) -> User | None:
    """Return whose calendar an address is; that of somebody who has left opens nothing."""
    calendar = find_by_token(session, PlanCalendar, token)
    return calendar.user if calendar is not None and calendar.user.active else None


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
