"""The doctor names what is missing, with what to do about it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from survey_app.audit.service import record, seal_entries
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.doctor import examinations, examine
from survey_app.migrating import newest_revision
from survey_app.settings import Settings
from tests.cast import assemble_cast
from tests.progress import follow_progress

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def healthy(app: Flask, database: Database, clock: SettableClock) -> Database:
    """Give a database that migrations have brought up to date, with an agency and an administrator."""
    with database.writing() as session:
        assemble_cast(session, clock)
        with transaction(session):
            session.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) NOT NULL)"))
            session.execute(text("DELETE FROM alembic_version"))
            session.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": newest_revision()})
    return database


def advice(settings: Settings, database: Database) -> dict[str, str]:
    return {finding.subject: finding.advice for finding in examine(settings, database, NOW) if not finding.is_well}


def test_a_sound_installation_lacks_nothing_but_the_relay_of_a_test(healthy: Database, settings: Settings) -> None:
    unreachable = settings.model_copy(update={"mail_server": "127.0.0.1", "mail_port": 1})
    assert set(advice(unreachable, healthy)) == {"Mail relay"}


def test_each_thing_that_is_missing_is_named_with_its_remedy(
    healthy: Database, settings: Settings, tmp_path: Path
) -> None:
    broken = tmp_path / "definitions"
    (broken / "one").mkdir(parents=True)
    (broken / "one" / "v1.yaml").write_text("key: [", encoding="utf-8")
    blocked = tmp_path / "file"
    blocked.write_text("in the way", encoding="utf-8")
    lacking = settings.model_copy(
        update={
            "public_base_url": "",
            "data_dir": blocked / "below",
            "questionnaires_dir": broken,
            "mail_server": "127.0.0.1",
            "mail_port": 1,
        }
    )
    found = advice(lacking, healthy)
    assert set(found) == {"Public address", "Data folder", "Questionnaires", "Mail relay"}
    assert "SURVEY_PUBLIC_BASE_URL" in found["Public address"]
    assert "questionnaires check" in found["Questionnaires"]


def test_an_old_database_is_told_to_be_upgraded_and_asked_nothing_more(app: Flask, settings: Settings) -> None:
    database: Database = app.extensions["survey_database"]
    with database.writing() as session, transaction(session):
        session.execute(text("DROP TABLE IF EXISTS alembic_version"))
    found = advice(settings.model_copy(update={"mail_server": "127.0.0.1", "mail_port": 1}), database)
    assert "db upgrade" in found["Database"]
    assert "Audit log" not in found


def test_an_altered_log_is_seen(healthy: Database, settings: Settings, clock: SettableClock) -> None:
    with healthy.writing() as session:
        with transaction(session):
            record(session, actor="a", action="b", subject_type="c", subject_id=1, now=clock.now())
            seal_entries(session)
        with transaction(session):
            session.execute(text("UPDATE audit_entry SET actor = 'someone else' WHERE number = 1"))
    assert "entry 1" in advice(settings, healthy)["Audit log"]


def test_the_command_exits_with_one_when_something_needs_a_person(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["doctor"])
    assert result.exit_code == 1
    assert "LOOK" in result.output


def test_its_progress_counts_what_it_looks_at_and_stays_out_of_what_scripts_read(
    app: Flask, healthy: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = follow_progress(monkeypatch)
    result = app.test_cli_runner().invoke(args=["doctor"])
    n = len(examinations(NOW))
    assert looked == {"Looking": (n, n)}
    assert len(result.stdout.splitlines()) == n
    assert "Looking" in result.stderr
    assert "Looking" not in result.stdout
