"""What is due for the waves, and one tick of the scheduler: each step is looked at again under its wave’s lock."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session, defer, joinedload

from survey_app.accounts.access import Role
from survey_app.accounts.models import User
from survey_app.audit.service import note
from survey_app.campaigns.dates import ONE_DAY, is_sending_moment, next_days
from survey_app.campaigns.invitations import invite_again, launch_wave, remind_missing
from survey_app.campaigns.models import Campaign, Invitation, Reminder, Wave, WaveState
from survey_app.campaigns.population import Turnout, read_turnouts
from survey_app.campaigns.queries import is_recipient
from survey_app.campaigns.rules import PLANNED_AHEAD, Step, WaveSchedule, day_to_plan, due_steps, is_digest_day
from survey_app.campaigns.service import lock_wave, plan_wave
from survey_app.clients.models import Contact
from survey_app.clock import local_day
from survey_app.db import Database, transaction
from survey_app.errors import Refusal
from survey_app.formats import format_month
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.service import MailToSend, enqueue_all
from survey_app.questionnaires import Library

SCHEDULER = "scheduler"
log = structlog.get_logger()


def list_due_steps(session: Session, now: datetime) -> list[tuple[int, Step]]:
    """Return what is due for every wave, oldest deadline first."""
    waves = session.scalars(
        select(Wave)
        .where((Wave.state == WaveState.OPEN) | ((Wave.state == WaveState.DRAFT) & Wave.confirmed_at.is_not(None)))
        .options(defer(Wave.definition), joinedload(Wave.campaign).joinedload(Campaign.client))
        .order_by(Wave.ends_at, Wave.id)
    ).all()
    schedules = read_schedules(session, waves, now)
    return [(wave.id, step) for wave in waves for step in due_steps(schedules[wave.id], now)]


def read_schedules(session: Session, waves: Sequence[Wave], now: datetime) -> dict[int, WaveSchedule]:
    """Read all that decides what is due for these waves."""
    ids = [wave.id for wave in waves]
    reminders: dict[int, list[datetime]] = defaultdict(list)
    waiting = select(Reminder.wave_id, Reminder.due_at).where(Reminder.done_at.is_(None), Reminder.due_at <= now)
    for wave_id, due_at in session.execute(waiting.where(Reminder.wave_id.in_(ids))):
        reminders[wave_id].append(due_at)
    changed = (
        select(Invitation.wave_id, func.count())
        .join(Contact)
        .where(Invitation.wave_id.in_(ids), *has_changed_address())
        .group_by(Invitation.wave_id)
    )
    n_changed = {row[0]: row[1] for row in session.execute(changed)}
    return {
        wave.id: WaveSchedule(
            state=wave.state,
            is_confirmed=wave.confirmed_at is not None,
            starts_on=wave.starts_on,
            ends_at=wave.ends_at,
            zone=wave.campaign.client.time_zone,
            reminders_due=reminders[wave.id],
            n_changed_addresses=n_changed.get(wave.id, 0),
        )
        for wave in waves
    }


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


def list_days_to_plan(session: Session, now: datetime) -> list[tuple[int, date]]:
    """Return the campaigns whose next day is near and not planned; a day that a person cancelled stays so."""
    last_days = dict(
        session.execute(select(Wave.campaign_id, func.max(Wave.starts_on)).group_by(Wave.campaign_id)).all()
    )
    recurring = select(Campaign).where(Campaign.recurrence.is_not(None)).options(joinedload(Campaign.client))
    found = [(each, _day_to_plan(each, last_days.get(each.id), now)) for each in session.scalars(recurring)]
    return [(campaign.id, day) for campaign, day in found if day is not None]


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
    leads = select(User).where(User.active, User.role == Role.QUALITY_LEAD).order_by(User.id)
    keys = {f"digest:{lead.id}:{day}": lead for lead in session.scalars(leads)}
    written = set(
        session.scalars(select(OutgoingEmail.deduplication_key).where(OutgoingEmail.deduplication_key.in_(list(keys))))
    )
    return [
        MailToSend("digest", lead.email, lead.language, key, subject_id=lead.id)
        for key, lead in keys.items()
        if key not in written and list_digest_lines(session, lead, now)
    ]


def list_digest_lines(session: Session, lead: User, now: datetime) -> list[DigestLine]:
    """Return the lead's open waves, and those that wait for their confirmation and start soon."""
    soon = now + PLANNED_AHEAD
    # A day of margin covers every zone; the client's own day decides below.
    latest = local_day(soon, "UTC") + ONE_DAY
    chosen = (
        select(Wave)
        .join(Campaign)
        .where((Wave.state == WaveState.OPEN) | ((Wave.state == WaveState.DRAFT) & (Wave.starts_on <= latest)))
        .options(joinedload(Wave.campaign).joinedload(Campaign.client))
        .order_by(Wave.ends_at, Wave.id)
    )
    if not lead.sees_all_clients:
        chosen = chosen.where(Campaign.client_id.in_([access.client_id for access in lead.client_accesses]))
    told = [wave for wave in session.scalars(chosen) if wave.ends_at > now and _is_near(wave, soon)]
    turnouts = read_turnouts(session, [wave.id for wave in told])
    return [DigestLine(wave, turnouts[wave.id]) for wave in told]


def _is_near(wave: Wave, soon: datetime) -> bool:
    return wave.state is WaveState.OPEN or wave.starts_on <= local_day(soon, wave.campaign.client.time_zone)


def is_still_due(session: Session, wave: Wave, step: Step, now: datetime) -> bool:
    """Wait for the wave and look again: another worker may have done the step meanwhile."""
    lock_wave(session, wave)
    return step in due_steps(read_schedules(session, [wave], now)[wave.id], now)


def note_obstacle(session: Session, wave: Wave, refusal: Refusal) -> None:
    """Keep why a confirmed wave could not open, for the lead to mend; it is tried again."""
    wave.obstacle = {"message": refusal.message, "values": {key: str(v) for key, v in refusal.values.items()}}


def remind(session: Session, wave: Wave, now: datetime) -> int:
    """Send one reminder to those missing, whatever the number of reminders that an outage left undone."""
    session.execute(
        update(Reminder)
        .where(Reminder.wave_id == wave.id, Reminder.done_at.is_(None), Reminder.due_at <= now)
        .values(done_at=now)
    )
    n_reminded = remind_missing(session, wave, now)
    note(session, wave, "people_reminded", SCHEDULER, now, reminded=n_reminded)
    return n_reminded


def renew_invitations(session: Session, wave: Wave, token_key: bytes, now: datetime) -> int:
    """Follow the addresses changed on the contacts' page: old links die, new invitations are marked."""
    changed = session.scalars(
        select(Invitation).join(Contact).where(Invitation.wave_id == wave.id, *has_changed_address())
    ).all()
    for invitation in changed:
        invite_again(session, invitation, token_key, SCHEDULER, now)
    return len(changed)


# Closing belongs to a room above this one: whoever ticks brings it along.
CloseDue = Callable[[datetime], object]


@dataclass
class Ticker:
    """What a tick needs besides the time."""

    database: Database
    library: Library
    token_key: bytes
    public_base_url: str
    zone: str
    close_due: CloseDue

    def tick(self, now: datetime) -> list[tuple[int, Step]]:
        """Do what is due and return it; two ticks at once do each thing once."""
        with self.database.reading() as session:
            due = list_due_steps(session, now)
        taken = [(wave_id, step) for wave_id, step in due if self._take(wave_id, step, now)]
        if any(step is Step.CLOSE for _, step in due):
            self.close_due(now)
        self._plan(now)
        self._digest(now)
        return taken

    def _plan(self, now: datetime) -> None:
        with self.database.reading() as session:
            due = list_days_to_plan(session, now)
        for campaign_id, day in due:
            with self.database.writing() as session, transaction(session):
                plan_recurring_wave(session, session.get_one(Campaign, campaign_id), day, now)

    def _digest(self, now: datetime) -> None:
        with self.database.reading() as session:
            mails = list_due_digests(session, self.zone, now)
        if mails:
            with self.database.writing() as session, transaction(session):
                enqueue_all(session, mails, now)

    def _take(self, wave_id: int, step: Step, now: datetime) -> bool:
        if step is Step.CLOSE:
            return True
        try:
            with self.database.writing() as session, transaction(session):
                return self._act(session, session.get_one(Wave, wave_id), step, now)
        except Refusal as refusal:
            self._tell(wave_id, step, refusal)
        except Exception:
            # Whatever is wrong with one wave, the others are not kept waiting.
            log.exception("step_failed", wave=wave_id, step=step.value)
        return False

    def _act(self, session: Session, wave: Wave, step: Step, now: datetime) -> bool:
        if not is_still_due(session, wave, step, now):
            return False
        if step is Step.OPEN:
            questionnaire, actor = self.library.get(wave.campaign.questionnaire_key), wave.confirmed_by or SCHEDULER
            launch_wave(session, wave, questionnaire, self.token_key, self.public_base_url, actor, now)
        elif step is Step.RENEW:
            renew_invitations(session, wave, self.token_key, now)
        else:
            remind(session, wave, now)
        return True

    def _tell(self, wave_id: int, step: Step, refusal: Refusal) -> None:
        log.warning("step_refused", wave=wave_id, step=step.value, reason=str(refusal))
        with self.database.writing() as session, transaction(session):
            note_obstacle(session, session.get_one(Wave, wave_id), refusal)
