"""The only place that reads the time, and that says what day it is for whom."""

import time
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


def stopwatch() -> float:
    """Return seconds that only ever grow: for measuring how long something takes, never what time it is."""
    return time.monotonic()


def local_day(instant: datetime, zone: str) -> date:
    """Return the day that it is there: a client's own zone, or the agency's where no client is concerned."""
    return instant.astimezone(ZoneInfo(zone)).date()


def last_day_before(ends_at: datetime, zone: str) -> date:
    """Return the last day that counts: the deadline is the first instant after it."""
    return local_day(ends_at - timedelta(seconds=1), zone)


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the current instant, aware and in UTC."""


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class SettableClock:
    """A clock that shows the instant it was set to, for a played half-year and for tests."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def set(self, instant: datetime) -> None:
        self._now = instant.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        self._now += by
