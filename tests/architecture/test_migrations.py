"""Migrations are numbered, reversible, and make exactly the tables that the models declare."""

import re
from collections.abc import Iterator

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, MetaData, inspect, text

from survey_app.db import create_database_engine
from survey_app.migrating import (
    MIGRATIONS_DIR,
    current_revision,
    downgrade_database,
    metadata,
    newest_revision,
    upgrade_database,
)


@pytest.fixture
def bare_engine(database_url: str) -> Iterator[Engine]:
    """Give an engine on a database without any table."""
    engine = create_database_engine(database_url)
    _drop_everything(engine)
    yield engine
    _drop_everything(engine)
    if engine.dialect.name == "postgresql":
        metadata.create_all(engine)
    engine.dispose()


def _drop_everything(engine: Engine) -> None:
    with engine.execution_options(is_writing=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
            return
        existing = MetaData()
        existing.reflect(connection)
        existing.drop_all(connection)


def test_migrations_make_what_the_models_declare(bare_engine: Engine) -> None:
    upgrade_database(bare_engine)
    with bare_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        checks = {
            table.name: {str(c["name"]) for c in inspect(connection).get_check_constraints(table.name)}
            for table in metadata.sorted_tables
        }
    declared = {
        table.name: {str(c.name) for c in table.constraints if type(c).__name__ == "CheckConstraint"}
        for table in metadata.sorted_tables
    }
    assert {name: sorted(checks[name]) for name in declared} == {n: sorted(c) for n, c in declared.items()}


def test_every_migration_can_be_undone_and_done_again(bare_engine: Engine) -> None:
    upgrade_database(bare_engine)
    assert current_revision(bare_engine) == newest_revision()
    downgrade_database(bare_engine, "base")
    assert set(inspect(bare_engine).get_table_names()) <= {"alembic_version"}
    upgrade_database(bare_engine)
    assert current_revision(bare_engine) == newest_revision()


def test_migrations_are_numbered_without_a_gap() -> None:
    names = sorted(path.name for path in (MIGRATIONS_DIR / "versions").glob("*.py"))
    numbers = [int(match.group(1)) for name in names if (match := re.match(r"(\d{4})_\w+\.py$", name))]
    assert numbers == list(range(1, len(names) + 1))
