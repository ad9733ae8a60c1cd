"""Commands of the clients room."""

import click
from flask import current_app
from flask.cli import AppGroup

from survey_app.clients.queries import find_agency
from survey_app.clients.service import create_agency, create_client
from survey_app.db import transaction
from survey_app.errors import Refusal
from survey_app.validation import suggest_key

clients_commands = AppGroup(
    "clients",
    help="Create the agency and its clients. Example: flask --app wsgi clients create Valrose",
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
