"""Every table in one metadata, and the revisions that bring a database to it: `flask --app wsgi db upgrade`.

A migration changes the tables, not what people entered: it commits by itself, outside `transaction()`.
"""

import sys
from collections.abc import Callable

import click
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask.cli import with_appcontext
from sqlalchemy import Connection, Engine

import survey_app.accounts.models
import survey_app.action_plans.models
import survey_app.agreements.models
import survey_app.audit.models
import survey_app.bonuses.models
import survey_app.campaigns.models
import survey_app.catalogue.models
import survey_app.clients.models
import survey_app.measurements.models
import survey_app.outbox.models
import survey_app.responses.models
import survey_app.score_sheets.models
import survey_app.scores.models  # noqa: F401 - imported for the tables they declare
from survey_app.db import Base
from survey_app.settings import PROJECT_DIR
from survey_app.web import database

metadata = Base.metadata
MIGRATIONS_DIR = PROJECT_DIR / "migrations"


def alembic_config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_DIR))
    config.attributes["connection"] = connection
    return config


def newest_revision() -> str | None:
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


def current_revision(engine: Engine) -> str | None:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade_database(engine: Engine, revision: str = "head", tell: Callable[[int], object] = int) -> None:
    """Apply every migration up to this revision in one transaction, committed at its end; `tell` hears of each."""
    with engine.execution_options(is_writing=True).begin() as connection:
        command.upgrade(_telling_config(connection, tell), revision)


def downgrade_database(engine: Engine, revision: str, tell: Callable[[int], object] = int) -> None:
    """Take every migration after this revision back in one transaction, committed at its end."""
    with engine.execution_options(is_writing=True).begin() as connection:
        command.downgrade(_telling_config(connection, tell), revision)


def _telling_config(connection: Connection, tell: Callable[[int], object]) -> Config:
    config = alembic_config(connection)
    config.attributes["on_version_apply"] = lambda **_step: tell(1)
    return config


def count_revisions(engine: Engine) -> tuple[int, int]:
    """Count the migrations that the database has, and those that it lacks."""
    scripts, current = ScriptDirectory.from_config(alembic_config()), current_revision(engine)
    n_all = len(list(scripts.iterate_revisions("head", "base")))
    n_applied = len(list(scripts.iterate_revisions(current, "base"))) if current else 0
    return n_applied, n_all - n_applied


@click.group("db")
def db_commands() -> None:
    """Create the tables, bring them up to date, or go back. Example: flask --app wsgi db upgrade"""


@db_commands.command("upgrade")
@click.argument("revision", default="head")
@with_appcontext
def upgrade_command(revision: str) -> None:
    """Bring the database to REVISION (the newest by default). Example: flask --app wsgi db upgrade."""
    _n_applied, n_lacking = count_revisions(database().engine)
    with click.progressbar(length=n_lacking, label="Upgrading", file=sys.stderr) as progress:
        upgrade_database(database().engine, revision, progress.update)
    click.echo(f"The database is at revision {current_revision(database().engine)}.")


@db_commands.command("downgrade")
@click.argument("revision")
@with_appcontext
def downgrade_command(revision: str) -> None:
    """Take the database back to REVISION. Example: flask --app wsgi db downgrade 0001."""
    n_applied, _n_lacking = count_revisions(database().engine)
    with click.progressbar(length=n_applied, label="Downgrading", file=sys.stderr) as progress:
        downgrade_database(database().engine, revision, progress.update)
    click.echo(f"The database is at revision {current_revision(database().engine) or 'none'}.")


@db_commands.command("current")
@with_appcontext
def current_command() -> None:
    """Say which revision the database is at, and which is the newest. Example: flask --app wsgi db current"""
    click.echo(f"{current_revision(database().engine) or 'none'} (newest: {newest_revision()})")
