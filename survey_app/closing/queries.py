"""Find the waves whose time is up."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave, WaveState


def due_wave_ids(session: Session, now: datetime) -> Sequence[int]:
    """Return the open waves whose last day has ended in the client's zone, oldest first."""
    return session.scalars(
        select(Wave.id).where(Wave.state == WaveState.OPEN, Wave.ends_at <= now).order_by(Wave.ends_at, Wave.id)
    ).all()
