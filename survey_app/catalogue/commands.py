"""`flask questionnaires`: check the definitions, and publish them."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from survey_app.catalogue.content import load_catalogue
from survey_app.questionnaires import DefinitionErrors, check, publish, write_schema
from survey_app.web import settings


@click.group("questionnaires")
def questionnaire_commands() -> None:
    """Check and publish questionnaire definitions. Example: flask --app wsgi questionnaires check"""


@questionnaire_commands.command("check")
@click.argument("path", type=click.Path(path_type=Path), required=False)
@with_appcontext
def check_command(path: Path | None) -> None:
    """List every mistake in PATH, a folder or one file (the product's own folder by default).

    Example: flask --app wsgi questionnaires check questionnaires/annual_review/v2.yaml
    """
    place = path or settings().questionnaires_dir
    if not place.exists():
        raise click.ClickException(f"{place} does not exist. Name a folder of definitions, or one YAML file.")
    mistakes = check(place, set(load_catalogue()))
    for mistake in mistakes:
        click.echo(str(mistake))
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        click.echo(f"{count}. Correct the lines above and check again.", err=True)
        raise SystemExit(1)
    click.echo(f"{place}: no mistake.")


@questionnaire_commands.command("publish")
@with_appcontext
def publish_command() -> None:
    """Seal every definition that is not published yet: from then on a change is a new version.

    Example: flask --app wsgi questionnaires publish
    """
    folder = settings().questionnaires_dir
    try:
        published = publish(folder, set(load_catalogue()))
    except DefinitionErrors as errors:
        raise click.ClickException(str(errors)) from None
    write_schema(folder)
    for questionnaire in published:
        click.echo(f"{questionnaire.reference} is published.")
    click.echo(f"{len(published)} newly published.")
