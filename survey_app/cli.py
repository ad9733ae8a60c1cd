"""The command line: each room's commands, in one list."""

import click
from flask import Flask

from survey_app.definitions import questionnaire_commands
from survey_app.migrating import db_commands

COMMANDS: tuple[click.Command, ...] = (
    db_commands,
    questionnaire_commands,
)


def register_commands(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
