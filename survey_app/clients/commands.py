"""Commands of the agency, its clients and their contacts."""

import sys
from collections.abc import Iterator
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from survey_app.clients.importing import (
    Choice,
    ContactRow,
    check_columns,
    compare,
    guess_columns,
    import_contacts,
    is_heading,
    understand,
)
from survey_app.clients.models import Client
from survey_app.clients.queries import find_agency, find_client
from survey_app.clients.service import create_agency, create_client
from survey_app.clients.vocabulary import Column
from survey_app.db import transaction
from survey_app.errors import Refusal
from survey_app.tables.commands import echo_remarks, refuse_problems
from survey_app.tables.reading import Table, read_file
from survey_app.validation import suggest_key
from survey_app.web import database, now

clients_commands = AppGroup(
    "clients",
    help="Create the agency and its clients. Example: flask --app wsgi clients create Valrose",
)
contacts_commands = AppGroup(
    "contacts",
    help="Bring the contacts of a client in from a file. "
    "Example: flask --app wsgi contacts import contacts.csv --client maison-valrose",
)


@clients_commands.command("create-agency")
@click.argument("key")
@click.option("--name", required=True, help="Name as it stands on mails and sheets.")
@click.option("--postal-address", default="", help="Postal address at the foot of the mails.")
@click.option("--privacy-contact", default="", help="Address for questions on personal data.")
def create_agency_command(key: str, name: str, postal_address: str, privacy_contact: str) -> None:
    """Create the agency that this installation serves.

    Example: flask --app wsgi clients create-agency agence-horizon --name "Agence Horizon"
    """
    now = current_app.extensions["survey_clock"].now()
    with current_app.extensions["survey_database"].writing() as session:
        try:
            with transaction(session):
                create_agency(
                    session, key, name, postal_address=postal_address, privacy_contact=privacy_contact, now=now
                )
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from None
    click.echo(f"Agency created: {name}.")


@clients_commands.command("create")
@click.argument("name")
@click.option("--key", default="", help="Identifier in addresses; by default made from the name.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--time-zone", default="Europe/Paris", show_default=True)
def create_client_command(name: str, key: str, language: str, time_zone: str) -> None:
    """Create a client of the agency.

    Example: flask --app wsgi clients create "Maison Valrose" --language fr
    """
    now = current_app.extensions["survey_clock"].now()
    with current_app.extensions["survey_database"].writing() as session:
        try:
            with transaction(session):
                agency = find_agency(session)
                if agency is None:
                    raise click.ClickException("Create the agency first: flask --app wsgi clients create-agency")
                client = create_client(
                    session, agency, key or suggest_key(name), name, language=language, time_zone=time_zone, now=now
                )
                made = client.key
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from None
    click.echo(f"Client created: {made}.")


@contacts_commands.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--client", "client_key", required=True, help="Identifier of the client.")
@click.option("--map", "mappings", multiple=True, metavar="HEADER=FIELD", help="Say what a column holds; repeatable.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
def import_command(file: Path, client_key: str, mappings: tuple[str, ...], dry_run: bool) -> None:
    """Import contacts from a CSV, XLSX or ODS FILE: all of them, or none where a line is wrong.

    Known addresses are corrected, never doubled; an empty cell erases nothing; an opt-out stays one. Fields: name,
    first_name, last_name, email, role, civility, job_title, language, is_signatory, is_opposed.

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
    table = read_file(file, is_heading)
    echo_remarks(table.remarks)
    columns = _columns(table, mappings)
    try:
        check_columns(columns)
    except Refusal as refusal:
        headers = ", ".join(header for header in table.headers if header)[:300]
        raise click.ClickException(
            f'{refusal} With --map "HEADER=email" for example; the columns are: {headers}'
        ) from None
    found = understand(table, columns)
    echo_remarks(found.remarks)
    refuse_problems(found.problems)
    return found.contacts


def _columns(table: Table, mappings: tuple[str, ...]) -> Choice:
    """Return the guess, corrected by what the command says."""
    columns = guess_columns(table)
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
