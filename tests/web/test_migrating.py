"""`flask db`: what the commands say, and how far they are."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text

from survey_app.db import Database, transaction
from survey_app.migrating import metadata, newest_revision
from tests.progress import follow_progress


@pytest.fixture
def bare(database: Database) -> Iterator[Database]:
    """Take every table away, and give them back to the other tests."""
    metadata.drop_all(database.engine)
    _forget_revision(database)
    yield database
    metadata.create_all(database.engine)
    _forget_revision(database)


def _forget_revision(database: Database) -> None:
    with database.writing() as session, transaction(session):
        session.execute(text("DROP TABLE IF EXISTS alembic_version"))


@pytest.mark.usefixtures("bare")
def test_the_progress_counts_the_migrations_up_and_down(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = follow_progress(monkeypatch)
    up = app.test_cli_runner().invoke(args=["db", "upgrade"])
    down = app.test_cli_runner().invoke(args=["db", "downgrade", "base"])
    assert up.stdout == f"The database is at revision {newest_revision()}.\n"
    assert down.stdout == "The database is at revision none.\n"
    n = int(newest_revision() or 0)
    assert ended == {"Upgrading": (n, n), "Downgrading": (n, n)}
    assert "Upgrading" in up.stderr
