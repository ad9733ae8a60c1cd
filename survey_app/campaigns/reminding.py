"""Remind those who are missing: once a day at most, in sending hours, never past the deadline."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlalchemy.orm import Session

from survey_app.campaigns.cockpit.rules import MIN_BETWEEN_REMINDERS
from survey_app.campaigns.dates import local_day, next_sending_moment
from survey_app.campaigns.inviting import BATCH, WAVE_MAILS
from survey_app.campaigns.models import Invitation, Wave
from survey_app.campaigns.queries import is_recipient
from survey_app.clients.models import Contact
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.outbox.service import MailToSend, enqueue_all


def remind_missing(session: Session, wave: Wave, now: datetime, only: Collection[int] | None = None) -> int:
    """Write a reminder to everybody missing, or to those chosen among them, and return how many."""
    n_reminded, last_id = 0, 0
    while missing := _next_missing(session, wave, now, last_id, only):
        _write(session, wave, missing, now)
        n_reminded, last_id = n_reminded + len(missing), missing[-1].id
    return n_reminded


def _next_missing(
    session: Session, wave: Wave, now: datetime, after_id: int, only: Collection[int] | None
) -> Sequence[Row[Any]]:
    # A reminder right after an invitation that left late would only annoy; a person may still choose to nudge.
    latest = now - MIN_BETWEEN_REMINDERS if only is None else now
    reached = select(OutgoingEmail.subject_id).where(
        OutgoingEmail.wave_id == wave.id,
        OutgoingEmail.kind.in_(WAVE_MAILS),
        OutgoingEmail.state == MailState.SENT,
        OutgoingEmail.sent_at <= latest,
        OutgoingEmail.bounced_at.is_(None),
    )
    statement = (
        select(Invitation.id, Invitation.email, Invitation.language)
        .join(Contact)
        .where(
            Invitation.wave_id == wave.id,
            Invitation.id > after_id,
            Invitation.revoked_at.is_(None),
            Invitation.answered_at.is_(None),
            Invitation.refused_at.is_(None),
            or_(Invitation.reminded_at.is_(None), Invitation.reminded_at <= now - MIN_BETWEEN_REMINDERS),
            is_recipient(),
            Invitation.id.in_(reached),
        )
        .order_by(Invitation.id)
        .limit(BATCH)
    )
    if only is not None:
        statement = statement.where(Invitation.id.in_(only))
    rows: Sequence[Any] = session.execute(statement).all()
    return rows


def _write(session: Session, wave: Wave, missing: Sequence[Row[Any]], now: datetime) -> None:
    zone = wave.campaign.client.time_zone
    day = local_day(now, zone)
    mails = [
        MailToSend(
            kind="reminder",
            recipient=row.email,
            language=row.language,
            deduplication_key=f"reminder:{row.id}:{day}",
            subject_id=row.id,
            wave_id=wave.id,
            client_id=wave.campaign.client_id,
            not_before=next_sending_moment(now, zone),
            expires_at=wave.ends_at,
        )
        for row in missing
    ]
    enqueue_all(session, mails, now)
    session.execute(
        update(Invitation).where(Invitation.id.in_([row.id for row in missing])).values(reminded_at=now),
        execution_options={"synchronize_session": "fetch"},
    )
