"""Import facts from the command line."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup

from survey_app.agreements.queries import client_agreements, current_version, validated_version
from survey_app.clients.queries import find_client
from survey_app.db import Database, transaction
from survey_app.errors import N_, NotFound, Refusal
from survey_app.measurements.importing import (
    Gathered,
    check_lines,
    guess_columns,
    import_lines,
    is_heading,
    understand,
)
from survey_app.measurements.periods import parse_period
from survey_app.tables.commands import echo_remarks, refuse_problems
from survey_app.tables.reading import read_file

measurements = AppGroup(
    "measurements",
    help="Enter the facts that agreements count. "
    "Example: flask --app wsgi measurements import facts.csv --client maison-valrose --period 2026-H1",
)
ACTOR = "command line"


@measurements.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--client", "client_key", required=True, help="The client's identifier.")
@click.option("--period", "period_text", required=True, help="2026, 2026-H1, 2026-Q3 or 2026-09.")
@click.option("--agreement", "agreement_id", type=int, help="Its number, where the client has several.")
def import_file(file: Path, client_key: str, period_text: str, agreement_id: int | None) -> None:
    """Import the counts of a CSV, XLSX or ODS file, all rows or none.

    Example: flask --app wsgi measurements import facts.csv --client maison-valrose --period 2026-H1
    """
    database: Database = current_app.extensions["survey_database"]
    now = current_app.extensions["survey_clock"].now()
    try:
        with database.writing() as session, transaction(session):
            agreements = client_agreements(session, find_client(session, client_key).id)
            chosen = [each for each in agreements if agreement_id in (None, each.id)]
            if not chosen:
                raise NotFound(N_("This client has no such agreement. Leave --agreement out, or check its number."))
            version = validated_version(session, chosen[0]) or current_version(session, chosen[0])
            period, table = parse_period(period_text), read_file(file, is_heading)
            echo_remarks(table.remarks)
            found = understand(version, period, table, guess_columns(version, table))
            echo_remarks(found.remarks)
            refuse_problems(check_lines(session, chosen[0], period, found, now))
            n_lines = len(import_lines(session, chosen[0], period, found, ACTOR, now, "command", _with_progress))
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"{n_lines} lines entered; a second person validates them.")


def _with_progress(lines: Sequence[Gathered]) -> Iterator[Gathered]:
    with click.progressbar(lines, label="Importing facts", file=sys.stderr) as shown:
        yield from shown
