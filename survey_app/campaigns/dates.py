"""Dates of a wave: its deadline, the hours in which mail may leave, its reminders, the next waves."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta

from survey_app.clock import local_day

FIRST_HOUR = time(8)
LAST_HOUR = time(19)
REMINDER_HOUR = time(9, 30)
ONE_DAY = timedelta(days=1)
MONTHS_BETWEEN = {"monthly": 1, "every_two_months": 2, "quarterly": 3, "half_yearly": 6, "yearly": 12}


def end_of_day(day: date, zone: str) -> datetime:
    """Return the instant at which this day is over there: a deadline is the end of that day."""
    return datetime.combine(day + ONE_DAY, time(), ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=64)
def _french_holidays(year: int) -> frozenset[date]:
    from holidays import country_holidays

    return frozenset(country_holidays("FR", years=year))


def is_working_day(day: date) -> bool:
    """Tell whether mail may leave that day: no weekend and no French public holiday."""
    return day.weekday() < 5 and day not in _french_holidays(day.year)


def next_working_day(day: date) -> date:
    while not is_working_day(day):
        day += ONE_DAY
    return day


def last_working_day(day: date) -> date:
    while not is_working_day(day):
        day -= ONE_DAY
    return day


def is_sending_moment(instant: datetime, zone: str) -> bool:
    """Tell whether mail may leave now: from 8 to 19 h there, on a working day."""
    local = instant.astimezone(ZoneInfo(zone))
    return is_working_day(local_day(instant, zone)) and FIRST_HOUR <= local.time() < LAST_HOUR


def next_sending_moment(instant: datetime, zone: str) -> datetime:
    """Return the first instant from this one on at which mail may leave."""
    if is_sending_moment(instant, zone):
        return instant
    day = local_day(instant, zone)
    if instant.astimezone(ZoneInfo(zone)).time() >= FIRST_HOUR:
        day += ONE_DAY
    return _at(next_working_day(day), FIRST_HOUR, zone)


def first_mail_moment(starts_on: date, now: datetime, zone: str) -> datetime:
    """Return when a wave's invitations may leave: within its period, in sending hours, not in the past."""
    return next_sending_moment(max(now, _at(starts_on, FIRST_HOUR, zone)), zone)


def _at(day: date, hour: time, zone: str) -> datetime:
    return datetime.combine(day, hour, ZoneInfo(zone)).astimezone(UTC)


def reminder_moments(
    launched_at: datetime, ends_on: date, zone: str, *, half_way: bool = True, last_day: bool = True
) -> list[datetime]:
    """Set the reminders, half-way and on the last working day; none on the day of the launch."""
    first = local_day(launched_at, zone)
    days = set()
    if half_way:
        days.add(next_working_day(first + (ends_on - first) // 2))
    if last_day:
        days.add(last_working_day(ends_on))
    return [_at(day, REMINDER_HOUR, zone) for day in sorted(days) if first < day <= ends_on]


def recurrence_days(every: str, first_on: date) -> Iterator[date]:
    """Yield the days of a recurrence; one that falls on a day off moves to the next working day.

    The 29th, 30th or 31st means the end of the month where the month is shorter.
    """
    n_months = MONTHS_BETWEEN[every]
    for n in range((date.max.year - first_on.year) * 12 // n_months):
        yield next_working_day(first_on + relativedelta(months=n * n_months))


def next_days(every: str, first_on: date, after: date, n: int = 4) -> list[date]:
    """Return the next days of a recurrence, later than the given one."""
    return list(islice((day for day in recurrence_days(every, first_on) if day > after), n))
