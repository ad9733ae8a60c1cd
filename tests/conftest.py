"""What every test may ask for: a clock, an empty database on each engine, the application."""

import os
import shutil
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from survey_app import application
from survey_app.application import create_app
from survey_app.clock import SettableClock
from survey_app.db import Database, create_database_engine
from survey_app.migrating import metadata
from survey_app.questionnaires import load_library
from survey_app.settings import Settings

POSTGRES_URL = os.environ.get("SURVEY_TEST_POSTGRES_URL", "")
MUST_NOT_SKIP = os.environ.get("SURVEY_TEST_REQUIRE_ALL") == "1"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

# A property is true or false whatever else the machine does: what must be quick has a test of its own.
hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")


def skip_or_fail(reason: str) -> None:
    """Skip on a person's machine that lacks a program; fail where everything is promised to be there."""
    if MUST_NOT_SKIP:
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def definitions_read_once() -> Iterator[None]:
    """Read the shipped questionnaires once a process: they are frozen, and half of what an application costs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(application, "load_library", cache(load_library))
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "survey.db"
    engine = create_database_engine(f"sqlite:///{path}")
    metadata.create_all(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_database() -> Iterator[str]:
    if not POSTGRES_URL:
        skip_or_fail("PostgreSQL is not configured: set SURVEY_TEST_POSTGRES_URL")
    name = f"survey_{uuid.uuid4().hex[:12]}"
    server = create_engine(POSTGRES_URL, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = make_url(POSTGRES_URL).set(database=name)
    engine = create_database_engine(url.render_as_string(hide_password=False))
    metadata.create_all(engine)
    engine.dispose()
    yield url.render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


def _empty(engine_url: str) -> None:
    """Delete every row and start every count anew: quicker than truncating, for a few rows a table."""
    engine = create_database_engine(engine_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL synchronous_commit TO OFF")
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())
        connection.exec_driver_sql("SELECT setval(oid, 1, false) FROM pg_class WHERE relkind = 'S'")
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give an empty database: each test that asks for it runs on both engines."""
    if request.param == "sqlite":
        path = tmp_path / "survey.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    url: str = request.getfixturevalue("postgres_database")
    _empty(url)
    return url


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock(START)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        environment="test",
        data_dir=tmp_path / "var",
        database_url=database_url,
        secret_key="test-secret-key-of-more-than-32-characters",
        token_key="test-token-key-of-more-than-32-characters",
        signing_key="dGVzdC1zaWduaW5nLWtleS1vZi0zMi1ieXRlcy0hISE=",
        public_base_url="http://localhost",
        mail_sender="enquete@agence.test",
    )


@pytest.fixture
def app(settings: Settings, clock: SettableClock) -> Iterator[Flask]:
    built = create_app(settings, clock)
    yield built
    built.extensions["survey_database"].engine.dispose()


@pytest.fixture
def database(app: Flask) -> Database:
    found: Database = app.extensions["survey_database"]
    return found


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as open_session:
        yield open_session


@pytest.fixture
def browserless(app: Flask) -> FlaskClient:
    """Return a client that speaks HTTP to the application without a browser."""
    return app.test_client()
