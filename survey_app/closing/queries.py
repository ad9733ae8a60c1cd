"""Find the waves whose time is up."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.agreements.models import Commitment
from survey_app.campaigns.models import Wave, WaveState
from survey_app.measurements.queries import marks_for_wave


def due_wave_ids(session: Session, now: datetime) -> Sequence[int]:
    """Return the open waves whose last day has ended in the client's zone, oldest first."""
    return session.scalars(
        select(Wave.id).where(Wave.state == WaveState.OPEN, Wave.ends_at <= now).order_by(Wave.ends_at, Wave.id)
    ).all()


def lines_without_fact(session: Session, wave: Wave) -> list[Commitment]:
    """Return the lines that closing now would leave not measurable for want of a validated fact or document."""
    missing = {key for key, mark in marks_for_wave(session, wave).items() if mark is None}
    version = wave.agreement_version
    return [line for line in version.commitments if line.indicator_key in missing] if version else []
