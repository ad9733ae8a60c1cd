"""Decide what is past its time; the durations are those that people were told."""

from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from dateutil.relativedelta import relativedelta

from survey_app.campaigns.rules import RETENTION_MONTHS

# Sessions and counts of attempts serve no one once they have run out; a day leaves time to look.
SPENT_AFTER = timedelta(days=1)


def time_limit(now: datetime) -> datetime:
    """Return the instant before which a survey must have ended for what people gave it to be erased."""
    return now - relativedelta(months=RETENTION_MONTHS)


def survey_end(ends_at: datetime, closed_at: datetime | None, cancelled_at: datetime | None) -> datetime:
    """Return when a survey ended: at its deadline, or before where somebody closed or cancelled it."""
    return min(instant for instant in (ends_at, closed_at, cancelled_at) if instant is not None)


def is_past(ended_at: datetime, now: datetime) -> bool:
    return ended_at <= time_limit(now)


@dataclass(frozen=True)
class Erased:
    """How many of what one purge erased."""

    waves: int = 0
    people: int = 0
    answers: int = 0
    addresses: int = 0
    contacts: int = 0
    sessions: int = 0
    counters: int = 0

    def __add__(self, other: "Erased") -> "Erased":
        return Erased(**{each.name: getattr(self, each.name) + getattr(other, each.name) for each in fields(self)})

    def counts(self) -> dict[str, int]:
        """Return what was erased, without what was not."""
        return {each.name: n for each in fields(self) if (n := getattr(self, each.name))}
