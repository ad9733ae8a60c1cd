"""Deadlines, sending hours, reminders and recurrences, with their holidays and clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.campaigns.dates import (
    MONTHS_BETWEEN,
    end_of_day,
    first_mail_moment,
    is_sending_moment,
    is_working_day,
    next_days,
    next_sending_moment,
    reminder_moments,
)
from survey_app.campaigns.models import Recurrence
from survey_app.campaigns.vocabulary import RECURRENCES
from survey_app.clock import local_day

PARIS = "Europe/Paris"
ZONES = st.sampled_from([PARIS, "America/New_York", "Pacific/Auckland", "Asia/Kolkata", "Africa/Cairo", "UTC"])
DAYS = st.dates(date(2024, 1, 1), date(2034, 12, 31))
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2034, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


def paris(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(PARIS)).astimezone(UTC)


def test_a_deadline_is_the_end_of_that_day_in_the_client_s_zone() -> None:
    assert end_of_day(date(2026, 12, 11), PARIS) == datetime(2026, 12, 11, 23, 0, tzinfo=UTC)
    assert end_of_day(date(2026, 7, 10), PARIS) == datetime(2026, 7, 10, 22, 0, tzinfo=UTC)
    assert end_of_day(date(2026, 7, 10), "America/New_York") == datetime(2026, 7, 11, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 5, 5), 24)])
def test_the_days_of_the_clock_change_last_23_and_25_hours(day: date, hours: int) -> None:
    length = end_of_day(day, PARIS) - end_of_day(day - timedelta(days=1), PARIS)
    assert length == timedelta(hours=hours)


@given(DAYS, ZONES)
def test_the_last_moment_of_a_day_is_before_its_deadline_and_the_next_is_not(day: date, zone: str) -> None:
    deadline = end_of_day(day, zone)
    assert local_day(deadline - timedelta(microseconds=1), zone) == day
    assert local_day(deadline, zone) == day + timedelta(days=1)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 5, 1),
        date(2026, 5, 14),
        date(2026, 5, 25),
        date(2026, 7, 14),
        date(2026, 12, 25),
        date(2026, 11, 22),
    ],
)
def test_public_holidays_and_weekends_are_days_off(day: date) -> None:
    assert not is_working_day(day)


@given(INSTANTS, ZONES)
def test_the_next_sending_moment_is_the_first_one_in_hours(instant: datetime, zone: str) -> None:
    moment = next_sending_moment(instant, zone)
    assert moment >= instant
    assert is_sending_moment(moment, zone)
    local = moment.astimezone(ZoneInfo(zone))
    assert moment == instant or local.time() == time(8)
    probe = moment - timedelta(minutes=1)
    assert moment == instant or probe < instant or not is_sending_moment(probe, zone)


def test_sending_hours_begin_at_8_and_end_before_19() -> None:
    assert not is_sending_moment(paris(2026, 3, 2, 7, 59), PARIS)
    assert is_sending_moment(paris(2026, 3, 2, 8), PARIS)
    assert is_sending_moment(paris(2026, 3, 2, 18, 59), PARIS)
    assert not is_sending_moment(paris(2026, 3, 2, 19), PARIS)


def test_a_launch_on_the_evening_before_a_long_weekend_leaves_on_the_tuesday() -> None:
    friday_evening_before_easter = paris(2026, 4, 3, 20)
    assert first_mail_moment(date(2026, 4, 3), friday_evening_before_easter, PARIS) == paris(2026, 4, 7, 8)


def test_mail_waits_for_the_wave_s_first_day() -> None:
    assert first_mail_moment(date(2026, 3, 9), paris(2026, 3, 2, 10), PARIS) == paris(2026, 3, 9, 8)


def test_reminders_are_set_half_way_and_on_the_last_working_day() -> None:
    moments = reminder_moments(paris(2026, 3, 2, 10), date(2026, 3, 22), PARIS)
    assert moments == [paris(2026, 3, 12, 9, 30), paris(2026, 3, 20, 9, 30)]


def test_each_reminder_can_be_left_out() -> None:
    launched_at, ends_on = paris(2026, 3, 2, 10), date(2026, 3, 22)
    assert reminder_moments(launched_at, ends_on, PARIS, half_way=False) == [paris(2026, 3, 20, 9, 30)]
    assert reminder_moments(launched_at, ends_on, PARIS, last_day=False) == [paris(2026, 3, 12, 9, 30)]


@given(INSTANTS, st.integers(0, 120), ZONES)
def test_reminders_leave_in_hours_after_the_launch_and_before_the_deadline(
    launched_at: datetime, n_days: int, zone: str
) -> None:
    ends_on = local_day(launched_at, zone) + timedelta(days=n_days)
    moments = reminder_moments(launched_at, ends_on, zone)
    assert len(moments) <= 2
    assert len({local_day(moment, zone) for moment in moments}) == len(moments)
    for moment in moments:
        assert is_sending_moment(moment, zone)
        assert launched_at < moment < end_of_day(ends_on, zone)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("monthly", [date(2026, 2, 2), date(2026, 3, 2)]),
        ("quarterly", [date(2026, 4, 1), date(2026, 7, 1)]),
        ("half_yearly", [date(2026, 7, 1), date(2027, 1, 4)]),
        ("yearly", [date(2027, 1, 4), date(2028, 1, 3)]),
        ("every_two_months", [date(2026, 3, 2), date(2026, 5, 4)]),
    ],
)
def test_the_next_days_avoid_days_off(name: str, expected: list[date]) -> None:
    assert next_days(name, date(2026, 1, 1), after=date(2026, 1, 2), n=2) == expected


def test_a_month_s_end_stays_a_month_s_end() -> None:
    days = next_days("monthly", date(2027, 8, 31), after=date(2027, 8, 31), n=7)
    assert days[:3] == [date(2027, 9, 30), date(2027, 11, 2), date(2027, 11, 30)]
    assert date(2028, 2, 29) in days


def test_a_leap_day_comes_back_every_year() -> None:
    days = next_days("yearly", date(2028, 2, 29), after=date(2028, 3, 1), n=2)
    assert days == [date(2029, 2, 28), date(2030, 2, 28)]


@given(st.sampled_from(Recurrence), DAYS)
def test_a_recurrence_never_skips_a_period(name: str, first_on: date) -> None:
    days = next_days(name, first_on, after=first_on, n=6)
    longest = {"monthly": 36, "every_two_months": 67, "quarterly": 98, "half_yearly": 190, "yearly": 372}[name]
    assert all(is_working_day(day) for day in days)
    assert all(0 < (later - earlier).days <= longest for earlier, later in pairwise(days))


def test_a_recurrence_ends_with_the_calendar() -> None:
    assert next_days("yearly", date(9999, 12, 31), after=date(2026, 1, 1)) == []
    assert next_days("monthly", date(9998, 11, 2), after=date(9998, 12, 1), n=40)[-1] < date.max


def test_every_rhythm_that_can_be_chosen_has_its_months_and_its_words() -> None:
    assert set(MONTHS_BETWEEN) == set(Recurrence)
    assert set(RECURRENCES) == {"", *Recurrence}
