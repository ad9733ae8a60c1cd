"""The command line: each room's commands, in one list."""

import click
from flask import Flask

from survey_app.accounts.commands import accounts_commands
from survey_app.bounces.commands import bounces
from survey_app.campaigns.commands import waves
from survey_app.catalogue.commands import questionnaire_commands
from survey_app.clients.commands import clients_commands, contacts_commands
from survey_app.closing.commands import close_command
from survey_app.doctor import doctor_command
from survey_app.measurements.commands import measurements
from survey_app.migrating import db_commands
from survey_app.outbox.commands import outbox
from survey_app.privacy.commands import privacy
from survey_app.score_sheets.commands import sheets
from survey_app.scores.commands import scores
from survey_app.worker import worker_command

COMMANDS: tuple[click.Command, ...] = (
    bounces,
    outbox,
    worker_command,
    accounts_commands,
    clients_commands,
    contacts_commands,
    db_commands,
    doctor_command,
    measurements,
    privacy,
    questionnaire_commands,
    scores,
    sheets,
    waves,
)


# Closing stands above the room of the waves: its command joins their group from here.
waves.add_command(close_command)


def register_commands(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
