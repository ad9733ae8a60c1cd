"""The only place that reads the time: everything else is told what time it is."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


def stopwatch() -> float:
    """Return seconds that only ever grow: for measuring how long something takes, never what time it is."""
    return time.monotonic()


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
