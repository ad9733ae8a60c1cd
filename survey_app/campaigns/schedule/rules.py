"""Decide what is due; told the time, never reading it, so that two workers decide alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from survey_app.campaigns.dates import is_sending_moment, is_working_day
from survey_app.clock import local_day

PLANNED_AHEAD = timedelta(days=21)


class Step(StrEnum):
    OPEN = "open"
    RENEW = "renew"
    REMIND = "remind"
    CLOSE = "close"


@dataclass(frozen=True)
class WaveSchedule:
    """All that decides what is due for one wave."""

    state: str
    is_confirmed: bool
    starts_on: date
    ends_at: datetime
    zone: str
    reminders_due: Sequence[datetime] = ()
    n_changed_addresses: int = 0


def due_steps(wave: WaveSchedule, now: datetime) -> list[Step]:
    """List what is to be done now for a wave, in order."""
    if wave.state == "draft":
        return [Step.OPEN] if _is_due_to_open(wave, now) else []
    if wave.state != "open":
        return []
    if now >= wave.ends_at:
        return [Step.CLOSE]
    renews = [Step.RENEW] if wave.n_changed_addresses else []
    return renews + ([Step.REMIND] if _is_reminder_due(wave, now) else [])


def _is_due_to_open(wave: WaveSchedule, now: datetime) -> bool:
    has_come = wave.is_confirmed and local_day(now, wave.zone) >= wave.starts_on
    return has_come and now < wave.ends_at and is_sending_moment(now, wave.zone)


def _is_reminder_due(wave: WaveSchedule, now: datetime) -> bool:
    """Tell whether a reminder waits; after an outage all that were missed make one."""
    return any(due <= now for due in wave.reminders_due) and is_sending_moment(now, wave.zone)


def is_digest_day(day: date) -> bool:
    """Tell whether the lead gets a digest that day: the first working day of the week."""
    monday = day - timedelta(days=day.weekday())
    week = (monday + timedelta(days=offset) for offset in range(5))
    return next((each for each in week if is_working_day(each)), None) == day


def day_to_plan(next_on: date, last_on: date | None, today: date) -> date | None:
    """Return the day of a recurrence that is near enough to be planned as a draft, once."""
    is_near = today <= next_on <= today + PLANNED_AHEAD
    return next_on if is_near and (last_on is None or next_on > last_on) else None
