"""The held connection: small transactions that need not wait for the disk, and leave no trace of that."""

from datetime import UTC, datetime
from typing import cast

import pytest
from sqlalchemy import Table, func, select, text, update
from sqlalchemy.exc import OperationalError

from survey_app.db import Database, HeldConnection, transaction
from survey_app.outbox.models import DomainPace

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PACES = cast(Table, DomainPace.__table__)
COUNT = update(PACES).values(n_sent=PACES.c.n_sent + 1).returning(PACES.c.n_sent)


@pytest.fixture
def counted(database: Database) -> Database:
    with database.writing() as session, transaction(session):
        session.add(DomainPace(domain="client.test", minute_at=NOW, n_sent=0))
    return database


def n_sent(database: Database) -> int:
    with database.reading() as session:
        return session.scalars(select(DomainPace.n_sent)).one()


def level(database: Database) -> str:
    """Return how a commit of the next ordinary transaction waits for the disk."""
    with database.writing() as session:
        if database.engine.dialect.name == "sqlite":
            return {1: "later", 2: "at once"}[session.connection().exec_driver_sql("PRAGMA synchronous").scalar_one()]
        return {"off": "later", "on": "at once"}[
            session.scalar(select(func.current_setting("synchronous_commit"))) or ""
        ]


@pytest.mark.parametrize("flushes_later", [True, False])
def test_one_statement_is_a_transaction_that_all_see_at_once(counted: Database, flushes_later: bool) -> None:
    with counted.holding() as held:
        assert held.write_at_once(COUNT, {}, flushes_later=flushes_later) == [1]
        assert n_sent(counted) == 1
        with held.reading() as session:
            assert session.scalars(select(DomainPace.n_sent)).one() == 1
        with held.writing() as session:
            session.execute(COUNT)
        assert held.write_at_once(COUNT, {}, flushes_later=flushes_later) == [3]
    assert n_sent(counted) == 3


def count_twice(held: HeldConnection) -> None:
    with held.writing() as session:
        session.execute(COUNT)
        raise LookupError("second")


def test_a_block_that_fails_leaves_nothing(counted: Database) -> None:
    with counted.holding() as held:
        with pytest.raises(LookupError, match="second"):
            count_twice(held)
        assert n_sent(counted) == 0


def test_nobody_else_s_commit_stops_waiting_for_the_disk(counted: Database) -> None:
    """Answers and mails share the pool of connections: an answer is on the disk before it is thanked for."""
    with counted.holding() as held:
        held.write_at_once(COUNT, {}, flushes_later=True)
    for _ in range(3):
        assert level(counted) == "at once"


HANG_UP = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("is_block", [True, False])
def test_a_database_that_hung_up_is_called_again_and_commits_as_before(counted: Database, is_block: bool) -> None:
    def count(held: HeldConnection) -> None:
        if is_block:
            with held.writing() as session:
                session.execute(COUNT)
        else:
            held.write_at_once(COUNT, {}, flushes_later=True)

    with counted.holding() as held:
        with counted.reading() as session:
            session.execute(HANG_UP)
        with pytest.raises(OperationalError):
            count(held)
        count(held)
        assert n_sent(counted) == 1
        with held.reading() as session:
            driver = session.connection().connection.driver_connection
            assert driver is not None
            assert driver.autocommit


def test_nobody_else_s_work_is_committed_before_its_end(counted: Database) -> None:
    with counted.holding() as held:
        held.write_at_once(COUNT, {}, flushes_later=True)
    for _ in range(3):
        with counted.writing() as session:
            session.execute(COUNT)
            assert n_sent(counted) == 1
            session.rollback()
        assert n_sent(counted) == 1
