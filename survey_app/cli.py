"""The command line: each room's commands, in one list."""

import click
from flask import Flask

from survey_app.accounts.commands import accounts_commands
from survey_app.campaigns.commands import waves
from survey_app.clients.commands import clients_commands
from survey_app.definitions import questionnaire_commands
from survey_app.migrating import db_commands

COMMANDS: tuple[click.Command, ...] = (
    accounts_commands,
    clients_commands,
    db_commands,
    questionnaire_commands,
    waves,
)


def register_commands(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
