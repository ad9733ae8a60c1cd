"""Decide what is past its time; the durations are those that people were told."""

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
