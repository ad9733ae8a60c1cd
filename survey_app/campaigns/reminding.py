"""Remind those who are missing: once a day at most, in sending hours, never past the deadline."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session

from survey_app.campaigns.dates import local_day, next_sending_moment
from survey_app.campaigns.inviting import BATCH
from survey_app.campaigns.models import Invitation, Wave
from survey_app.campaigns.population import FACTS, followed_people, is_of_groups, read_population
from survey_app.campaigns.rules import MIN_BETWEEN_REMINDERS, MISSING
from survey_app.outbox.service import MailToSend, enqueue_all


def remind_missing(session: Session, wave: Wave, now: datetime, only: Collection[int] | None = None) -> int:
    """Write a reminder to everybody missing, or to those chosen among them, and return how many."""
    missing = _list_missing(session, wave, now, only)
    for first in range(0, len(missing), BATCH):
        _write(session, wave, missing[first : first + BATCH], now)
    return len(missing)


def _list_missing(session: Session, wave: Wave, now: datetime, only: Collection[int] | None) -> Sequence[Row[Any]]:
    # A reminder right after an invitation that left late would only annoy; a person may still choose to nudge.
    latest = now - MIN_BETWEEN_REMINDERS if only is None else now
    people = followed_people(wave, "email", "language", "reminded_at", "is_recipient", "reached_at")
    statement = (
        select(people.c.id, people.c.email, people.c.language)
        .where(
            is_of_groups(people, FACTS, read_population(session, wave).groups_of(MISSING)),
            people.c.is_recipient,
            people.c.reached_at <= latest,
            people.c.reminded_at.is_(None) | (people.c.reminded_at <= now - MIN_BETWEEN_REMINDERS),
        )
        .order_by(people.c.id)
    )
    if only is not None:
        statement = statement.where(people.c.id.in_(only))
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
