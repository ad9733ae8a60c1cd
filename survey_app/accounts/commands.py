"""Commands of the accounts room."""

import sys

import click
from flask import current_app
from flask.cli import AppGroup

from survey_app.accounts.access import Role
from survey_app.accounts.rules import MIN_PASSWORD
from survey_app.accounts.service import create_user, set_password
from survey_app.accounts.signing_in import find_user
from survey_app.db import transaction
from survey_app.errors import Refusal

accounts_commands = AppGroup(
    "accounts",
    help="Open and repair the accounts of the staff. "
    "Example: flask --app wsgi accounts set-password ada@agence.example",
)


def _ask_password(is_from_stdin: bool) -> str:
    if is_from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    text = f"Password (at least {MIN_PASSWORD} characters)"
    password: str = click.prompt(text, hide_input=True, confirmation_prompt=True)
    return password


@accounts_commands.command("create-admin")
@click.argument("email")
@click.option("--name", required=True, help="First and last name.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def create_admin(email: str, name: str, language: str, password_stdin: bool) -> None:
    """Open an administrator's account, the first one of an installation.

    Example: flask --app wsgi accounts create-admin camille@agence.example --name "Camille Laurent"
    """
    password = _ask_password(password_stdin)
    now = current_app.extensions["survey_clock"].now()
    with current_app.extensions["survey_database"].writing() as session:
        try:
            with transaction(session):
                user = create_user(session, email, name, password, Role.ADMINISTRATOR, now=now, language=language)
                address = user.email
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from None
    click.echo(f"Account opened: {address}, administrator. Sign in at /sign-in.")


@accounts_commands.command("set-password")
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def set_password_command(email: str, password_stdin: bool) -> None:
    """Give an account a new password and end all its sessions.

    Example: flask --app wsgi accounts set-password camille@agence.example
    """
    password = _ask_password(password_stdin)
    now = current_app.extensions["survey_clock"].now()
    with current_app.extensions["survey_database"].writing() as session:
        user = find_user(session, email)
        if user is None:
            raise click.ClickException(f"There is no account for {email}.")
        try:
            with transaction(session):
                set_password(session, user, password, "command line", now)
        except Refusal as refusal:
            raise click.ClickException(str(refusal)) from None
    click.echo("Password changed; every session of the account is ended.")
