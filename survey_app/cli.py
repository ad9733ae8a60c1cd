"""The command line: each room's commands, in one list."""

from flask import Flask

COMMANDS = ()


def register_commands(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
