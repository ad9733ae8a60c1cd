"""Commands of the agency, its clients and their contacts."""

from pathlib import Path

import click
from flask.cli import AppGroup

from survey_app.clients.forms import CONTACTS
from survey_app.clients.queries import find_agency, find_client
from survey_app.clients.service import COMMAND_LINE, compare, create_agency, create_client, import_contacts
from survey_app.tables.commands import file_argument, map_option, understand_file, with_progress
from survey_app.validation import suggest_key
from survey_app.web import now, writing_command

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
    with writing_command() as session:
        create_agency(session, key, name, postal_address=postal_address, privacy_contact=privacy_contact, now=now())
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
    with writing_command() as session:
        agency = find_agency(session)
        if agency is None:
            raise click.ClickException("Create the agency first: flask --app wsgi clients create-agency")
        client = create_client(
            session, agency, key or suggest_key(name), name, language=language, time_zone=time_zone, now=now()
        )
        click.echo(f"Client created: {client.key}.")


@contacts_commands.command("import")
@file_argument
@click.option("--client", "client_key", required=True, help="Identifier of the client.")
@map_option
@click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")
def import_command(file: Path, client_key: str, mappings: tuple[str, ...], dry_run: bool) -> None:
    """Import contacts from a CSV, XLSX or ODS FILE: all of them, or none where a line is wrong.

    Known addresses are corrected, never doubled; an empty cell erases nothing; an opt-out stays one. Fields: name,
    first_name, last_name, email, role, civility, job_title, language, is_signatory, is_opposed.

    Example: flask --app wsgi contacts import contacts.csv --client maison-valrose --map "Interlocuteur=name"
    """
    with writing_command() as session:
        contacts = understand_file(file, CONTACTS, mappings)
        client = find_client(session, client_key)
        found = compare(session, client, contacts)
        if not dry_run:
            import_contacts(session, client, with_progress(contacts, "Importing contacts"), COMMAND_LINE, now())
        click.echo(
            f"{client.name}: {len(found.added)} new, {len(found.changed)} corrected, "
            f"{len(found.unchanged)} unchanged, {found.n_opted_out} opted out and left so."
            + (" Nothing was written." if dry_run else "")
        )
