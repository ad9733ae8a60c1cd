"""Import contacts from the command line."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from survey_app.clients.importing.columns import Choice, Column, guess_columns
from survey_app.clients.importing.reading import MAX_FILE_BYTES, Table, read_table
from survey_app.clients.importing.rows import ContactRow, Problem, understand
from survey_app.clients.importing.service import compare, import_contacts
from survey_app.clients.models import Client
from survey_app.clients.queries import find_client
from survey_app.db import transaction
from survey_app.errors import Refusal
from survey_app.web import database, now

contacts_commands = AppGroup(
    "contacts",
    help="Bring the contacts of a client in from a file. "
    "Example: flask --app wsgi contacts import contacts.csv --client maison-valrose",
)


@contacts_commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--client", "client_key", required=True, help="Identifier of the client.")
@click.option("--map", "mappings", multiple=True, metavar="HEADER=FIELD", help="Say what a column holds; repeatable.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
def import_command(file: Path, client_key: str, mappings: tuple[str, ...], dry_run: bool) -> None:
    """Import contacts from a CSV or XLSX FILE: all of them, or none where a line is wrong.

    Known addresses are corrected, never doubled; an opt-out stays one. Fields: name, first_name, last_name,
    email, role, civility, job_title, language, is_signatory.

    Example: flask --app wsgi contacts import contacts.csv --client maison-valrose --map "Interlocuteur=name"
    """
    with database().writing() as session:
        try:
            contacts = _read(file, mappings)
            with transaction(session):
                client = find_client(session, client_key)
                click.echo(_import(session, client, contacts, is_dry=dry_run))
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from None


def _read(file: Path, mappings: tuple[str, ...]) -> list[ContactRow]:
    with file.open("rb") as opened:
        table = read_table(opened.read(MAX_FILE_BYTES + 1))
    contacts, problems = understand(table, _columns(table, mappings))
    if problems:
        for problem in problems:
            click.echo(_tell(problem), err=True)
        raise click.ClickException(f"{len(problems)} problems, nothing imported. Correct the file and import it again.")
    return contacts


def _tell(problem: Problem) -> str:
    place = f"line {problem.line}" + (f", {problem.column}" if problem.column else "")
    return f"{place}: {problem.message % problem.values if problem.values else problem.message}"


def _columns(table: Table, mappings: tuple[str, ...]) -> Choice:
    """Return the guess, corrected by what the command says."""
    columns = guess_columns(table.headers)
    for mapping in mappings:
        header, _equals, name = mapping.rpartition("=")
        if header not in table.headers or name not in set(Column):
            raise click.BadParameter(f"{mapping}: write HEADER=FIELD with a header of the file and one of the fields")
        column = Column(name)
        columns = [None if other is column else other for other in columns]
        columns[table.headers.index(header)] = column
    return columns


def _import(session: Session, client: Client, contacts: list[ContactRow], *, is_dry: bool) -> str:
    comparison = compare(session, client, contacts)
    if not is_dry:
        import_contacts(session, client, _with_progress(contacts), "command line", now())
    return (
        f"{client.name}: {len(comparison.added)} new, {len(comparison.changed)} corrected, "
        f"{len(comparison.unchanged)} unchanged, {comparison.n_opted_out} opted out and left so."
        + (" Nothing was written." if is_dry else "")
    )


def _with_progress(contacts: list[ContactRow]) -> Iterator[ContactRow]:
    with click.progressbar(contacts, label="Importing contacts", file=sys.stderr) as shown:
        yield from shown
