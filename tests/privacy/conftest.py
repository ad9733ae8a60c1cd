"""A story that is over: two closed waves with their sheets, their mails and the people behind them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.clock import SettableClock
from survey_app.db import Base, Database, transaction
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.outbox.service import enqueue
from tests.score_sheets.conftest import NOW, make_stage, marks

# The first wave of the story ends 18 days after its launch.
FIRST_END = NOW + timedelta(days=18)
FIRST_DUE = datetime(2029, 3, 20, 9, 0, tzinfo=UTC)


@dataclass
class Story:
    """What the tests look at, read anew each time, and how they change it."""

    database: Database
    first: int
    second: int
    contacts: list[tuple[int, str, str]]

    def all(self, statement: Select[Any]) -> list[Any]:
        with self.database.reading() as session:
            return list(session.scalars(statement))

    def count(self, *models: type[Base]) -> list[int]:
        return [self.all(select(func.count()).select_from(model))[0] for model in models]

    @contextmanager
    def changing(self) -> Iterator[Session]:
        with self.database.writing() as session, transaction(session):
            yield session


@pytest.fixture
def story(database: Database, clock: SettableClock) -> Story:
    with database.writing() as session, transaction(session):
        stage = make_stage(session)
        first = stage.close_wave(marks((6, 7, 8, None), (7, 7, 7, None), (8, 8, 9, None)))
        stage.issue(first)
        second = stage.close_wave(marks((8, 9, 8, None), (7, 7, 7, 7), (6, 6, 7, 9)))
        stage.issue(second)
        for wave in (first, second):
            for invitation in wave.invitations:
                write_to(session, wave, invitation.id, invitation.email)
        told = Story(database, first.id, second.id, [(one.id, one.name, one.email) for one in stage.contacts])
    clock.set(FIRST_DUE)
    return told


def write_to(session: Session, wave: Wave, subject_id: int, recipient: str) -> OutgoingEmail:
    key = f"invitation:{subject_id}:{recipient}"
    enqueue(
        session,
        kind="invitation",
        recipient=recipient,
        language="fr",
        wave_id=wave.id,
        subject_id=subject_id,
        deduplication_key=key,
        now=wave.launched_at or NOW,
    )
    mail = session.scalars(select(OutgoingEmail).filter_by(deduplication_key=key)).one()
    mail.state, mail.sent_at, mail.due_at = MailState.SENT, wave.launched_at, None
    mail.last_reply = f"250 queued for {recipient}"
    return mail
