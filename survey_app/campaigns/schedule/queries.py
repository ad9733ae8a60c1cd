"""Find what is due: steps of waves, waves to plan, digests to write."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, defer, joinedload

from survey_app.accounts.access import Role
from survey_app.accounts.models import User
from survey_app.campaigns.dates import ONE_DAY, is_sending_moment, next_days
from survey_app.campaigns.models import Campaign, Invitation, Reminder, Wave, WaveState
from survey_app.campaigns.population import Turnout, read_turnouts
from survey_app.campaigns.queries import is_recipient
from survey_app.campaigns.rules import PLANNED_AHEAD, Step, WaveSchedule, day_to_plan, due_steps, is_digest_day
from survey_app.campaigns.service import plan_wave
from survey_app.clients.models import Contact
from survey_app.clock import local_day
from survey_app.formats import format_month
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.service import MailToSend, enqueue_all


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


def list_days_to_plan(session: Session, now: datetime) -> list[tuple[int, date]]:
    """Return the campaigns whose next day is near and not planned; a day that a person cancelled stays so."""
    last_days = dict(
        session.execute(select(Wave.campaign_id, func.max(Wave.starts_on)).group_by(Wave.campaign_id)).all()
    )
    found = [(campaign, _day_to_plan(campaign, last_days.get(campaign.id), now)) for campaign in _recurring(session)]
    return [(campaign.id, day) for campaign, day in found if day is not None]


def _recurring(session: Session) -> Sequence[Campaign]:
    return session.scalars(
        select(Campaign).where(Campaign.recurrence.is_not(None)).options(joinedload(Campaign.client))
    ).all()


def _day_to_plan(campaign: Campaign, last_on: date | None, now: datetime) -> date | None:
    if campaign.recurrence is None or campaign.first_on is None:
        return None
    today = local_day(now, campaign.client.time_zone)
    upcoming = next_days(campaign.recurrence, campaign.first_on, after=today - timedelta(days=1), n=1)
    return day_to_plan(upcoming[0], last_on, today) if upcoming else None


def plan_recurring_wave(session: Session, campaign: Campaign, day: date, now: datetime) -> Wave:
    """Plan the wave of this day; two workers that do so at once make one."""
    title = format_month(day, campaign.client.language)
    ends_on = day + timedelta(days=campaign.n_days_open)
    return plan_wave(session, campaign, title[:1].upper() + title[1:], day, ends_on, now)


@dataclass(frozen=True)
class DigestLine:
    """One wave of a digest: open with its answers, or waiting for a confirmation."""

    wave: Wave
    turnout: Turnout


def list_due_digests(session: Session, zone: str, now: datetime) -> list[MailToSend]:
    """Return the digests of today that are not written yet: one per lead who has something to read."""
    day = local_day(now, zone)
    if not (is_digest_day(day) and is_sending_moment(now, zone)):
        return []
    keys = {f"digest:{lead.id}:{day}": lead for lead in _leads(session)}
    written = set(
        session.scalars(select(OutgoingEmail.deduplication_key).where(OutgoingEmail.deduplication_key.in_(list(keys))))
    )
    return [
        MailToSend("digest", lead.email, lead.language, key, subject_id=lead.id)
        for key, lead in keys.items()
        if key not in written and list_digest_lines(session, lead, now)
    ]


def queue_digests(session: Session, mails: Sequence[MailToSend], now: datetime) -> None:
    enqueue_all(session, mails, now)


def _leads(session: Session) -> Sequence[User]:
    return session.scalars(select(User).where(User.active, User.role == Role.QUALITY_LEAD).order_by(User.id)).all()


def list_digest_lines(session: Session, lead: User, now: datetime) -> list[DigestLine]:
    """Return the lead's open waves, and those that wait for their confirmation and start soon."""
    soon = now + PLANNED_AHEAD
    # A day of margin covers every zone; the client's own day decides below.
    latest = local_day(soon, "UTC") + ONE_DAY
    waves = session.scalars(
        select(Wave)
        .join(Campaign)
        .where(
            (Wave.state == WaveState.OPEN) | ((Wave.state == WaveState.DRAFT) & (Wave.starts_on <= latest)),
            *_clients_of(lead),
        )
        .options(joinedload(Wave.campaign).joinedload(Campaign.client))
        .order_by(Wave.ends_at, Wave.id)
    ).all()
    told = [wave for wave in waves if wave.ends_at > now and _is_near(wave, soon)]
    turnouts = read_turnouts(session, [wave.id for wave in told])
    return [DigestLine(wave, turnouts[wave.id]) for wave in told]


def _is_near(wave: Wave, soon: datetime) -> bool:
    return wave.state is WaveState.OPEN or wave.starts_on <= local_day(soon, wave.campaign.client.time_zone)


def _clients_of(lead: User) -> list[ColumnElement[bool]]:
    if lead.sees_all_clients:
        return []
    return [Campaign.client_id.in_([access.client_id for access in lead.client_accesses])]
