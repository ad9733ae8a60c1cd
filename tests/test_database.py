"""How a commit waits for the disk: at once, unless it is announced that it may flush later."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.db import Database, transaction
from survey_app.outbox.models import OutboxSwitch


@contextmanager
def opened(database: Database, *, flushes_later: bool) -> Iterator[Session]:
    with database.connect().execution_options(is_writing=True, flushes_later=flushes_later) as connection:
        yield Session(connection)


def level(database: Database, *, flushes_later: bool = False) -> str:
    """Return how a commit of the next transaction waits for the disk."""
    with opened(database, flushes_later=flushes_later) as session:
        if database.engine.dialect.name == "sqlite":
            return {1: "later", 2: "at once"}[session.connection().exec_driver_sql("PRAGMA synchronous").scalar_one()]
        return {"off": "later", "on": "at once"}[
            session.scalar(select(func.current_setting("synchronous_commit"))) or ""
        ]


def held_reason(database: Database) -> str | None:
    with database.reading() as session:
        return session.scalar(select(OutboxSwitch.held_reason))


def change_and_fail(session: Session) -> None:
    with transaction(session):
        session.get_one(OutboxSwitch, 1).held_reason = "second"
        session.flush()
        raise LookupError


@pytest.mark.parametrize("flushes_later", [True, False])
def test_a_block_is_seen_by_all_once_it_is_committed_and_leaves_nothing_where_it_fails(
    database: Database, flushes_later: bool
) -> None:
    with opened(database, flushes_later=flushes_later) as session:
        with transaction(session):
            session.add(OutboxSwitch(id=1, held_reason="first"))
        assert held_reason(database) == "first"
        with pytest.raises(LookupError):
            change_and_fail(session)
    assert held_reason(database) == "first"


def test_nobody_else_s_commit_stops_waiting_for_the_disk(database: Database) -> None:
    """Answers and mails share the pool of connections: an answer is on the disk before it is thanked for."""
    assert level(database, flushes_later=True) == "later"
    for _ in range(3):
        assert level(database) == "at once"
