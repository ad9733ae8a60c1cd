"""Find the waves whose time is past."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave, WaveState
from survey_app.privacy.rules import time_limit

OVER = (WaveState.CLOSED, WaveState.CANCELLED)


def waves_past_their_time(session: Session, now: datetime) -> Sequence[int]:
    """Return the waves whose answers and people are to be erased, the oldest first.

    A wave that nobody closed keeps what it holds, since its scores are not written yet: see `count_unclosed`.
    """
    return session.scalars(
        select(Wave.id)
        .where(Wave.state.in_(OVER), Wave.launched_at.is_not(None), Wave.erased_at.is_(None), _ended_before(now))
        .order_by(Wave.ends_at, Wave.id)
    ).all()


def count_unclosed(session: Session, now: datetime) -> int:
    """Count the waves past their time that cannot be erased because they were never closed."""
    found = select(func.count()).select_from(Wave).where(Wave.state == WaveState.OPEN, _ended_before(now))
    return session.scalar(found) or 0


def _ended_before(now: datetime) -> ColumnElement[bool]:
    limit = time_limit(now)
    return or_(Wave.ends_at <= limit, Wave.closed_at <= limit, Wave.cancelled_at <= limit)
