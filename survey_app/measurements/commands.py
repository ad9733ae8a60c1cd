"""Import facts from the command line."""

from pathlib import Path

import click
from flask.cli import AppGroup

from survey_app.agreements.queries import client_agreements
from survey_app.clients.queries import find_client
from survey_app.errors import N_, NotFound
from survey_app.measurements.forms import facts_table
from survey_app.measurements.queries import measured_version
from survey_app.measurements.rules import parse_period
from survey_app.measurements.service import import_facts
from survey_app.tables.commands import file_argument, map_option, understand_file, with_progress
from survey_app.web import now, writing_command

measurements = AppGroup(
    "measurements",
    help="Enter the facts that agreements count. "
    "Example: flask --app wsgi measurements import facts.csv --client maison-valrose --period 2026-H1",
)
ACTOR = "command line"


@measurements.command("import")
@file_argument
@click.option("--client", "client_key", required=True, help="The client's identifier.")
@click.option("--period", "period_text", required=True, help="2026, 2026-H1, 2026-Q3 or 2026-09.")
@click.option("--agreement", "agreement_id", type=int, help="Its number, where the client has several.")
@map_option
def import_file(
    file: Path, client_key: str, period_text: str, agreement_id: int | None, mappings: tuple[str, ...]
) -> None:
    """Import the counts of a CSV, XLSX or ODS file, all rows or none.

    Fields: indicator, count, value, date, note, period.

    Example: flask --app wsgi measurements import facts.csv --client maison-valrose --period 2026-H1
    """
    with writing_command() as session:
        agreements = client_agreements(session, find_client(session, client_key).id)
        chosen = next((each for each in agreements if agreement_id in (None, each.id)), None)
        if chosen is None:
            raise NotFound(N_("This client has no such agreement. Leave --agreement out, or check its number."))
        version = measured_version(session, chosen)
        period = parse_period(period_text)
        facts = understand_file(file, facts_table(session, version, period, now()), mappings)
        n_lines = len(import_facts(session, period, with_progress(facts, "Importing facts"), ACTOR, now(), "command"))
        click.echo(f"{n_lines} lines entered; a second person validates them.")
