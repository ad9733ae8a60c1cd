"""Find what is due: one pass over the waves that are not over."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, defer, joinedload

from survey_app.campaigns.models import Campaign, Invitation, Reminder, Wave, WaveState
from survey_app.campaigns.queries import is_recipient
from survey_app.campaigns.schedule.rules import Step, WaveSchedule, due_steps
from survey_app.clients.models import Contact


def list_due_steps(session: Session, now: datetime) -> list[tuple[int, Step]]:
    """Return what is due for every wave, oldest deadline first."""
    waves = session.scalars(
        select(Wave)
        .where((Wave.state == WaveState.OPEN) | ((Wave.state == WaveState.DRAFT) & Wave.confirmed_at.is_not(None)))
        .options(defer(Wave.definition), joinedload(Wave.campaign).joinedload(Campaign.client))
        .order_by(Wave.ends_at, Wave.id)
    ).all()
    reminders = _reminders_due(session, now)
    changed = _changed_addresses(session)
    return [
        (wave.id, step)
        for wave in waves
        for step in due_steps(_schedule(wave, reminders[wave.id], changed.get(wave.id, 0)), now)
    ]


def read_schedule(session: Session, wave: Wave, now: datetime) -> WaveSchedule:
    """Read one wave's schedule again, under its lock, before doing what was due."""
    return _schedule(wave, _reminders_due(session, now)[wave.id], _changed_addresses(session).get(wave.id, 0))


def _schedule(wave: Wave, reminders: list[datetime], n_changed: int) -> WaveSchedule:
    return WaveSchedule(
        state=wave.state,
        is_confirmed=wave.confirmed_at is not None,
        starts_on=wave.starts_on,
        ends_at=wave.ends_at,
        zone=wave.campaign.client.time_zone,
        reminders_due=reminders,
        n_changed_addresses=n_changed,
    )


def _reminders_due(session: Session, now: datetime) -> dict[int, list[datetime]]:
    found: dict[int, list[datetime]] = defaultdict(list)
    rows = session.execute(
        select(Reminder.wave_id, Reminder.due_at).where(Reminder.done_at.is_(None), Reminder.due_at <= now)
    )
    for wave_id, due_at in rows:
        found[wave_id].append(due_at)
    return found


def _changed_addresses(session: Session) -> dict[int, int]:
    rows = session.execute(
        select(Invitation.wave_id, func.count())
        .join(Contact)
        .join(Wave, Wave.id == Invitation.wave_id)
        .where(Wave.state == WaveState.OPEN, *has_changed_address())
        .group_by(Invitation.wave_id)
    )
    return {row[0]: row[1] for row in rows}


def has_changed_address() -> tuple[ColumnElement[bool], ...]:
    """Say whose address was corrected on the contact's page after the launch."""
    return (
        Invitation.email != Contact.email,
        Invitation.email != "",
        Invitation.revoked_at.is_(None),
        Invitation.answered_at.is_(None),
        Invitation.refused_at.is_(None),
        is_recipient(),
    )


def list_changed_invitations(session: Session, wave: Wave) -> list[Invitation]:
    return list(
        session.scalars(select(Invitation).join(Contact).where(Invitation.wave_id == wave.id, *has_changed_address()))
    )
