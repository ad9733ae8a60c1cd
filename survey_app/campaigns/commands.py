"""The waves' commands: launch and status; closing joins the group from above."""

import sys

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.invitations import launch_wave
from survey_app.campaigns.models import Wave
from survey_app.campaigns.population import read_population
from survey_app.campaigns.queries import count_recipients
from survey_app.campaigns.views import questionnaire_of
from survey_app.web import database, now, settings, token_key, writing_command

COMMAND_LINE = "command line"

waves = AppGroup("waves", help="Launch waves and follow them. Example: flask --app wsgi waves status 3")


def find_wave(session: Session, wave_id: int) -> Wave:
    wave = session.get(Wave, wave_id)
    if wave is None:
        raise click.ClickException(f"There is no wave {wave_id}. List them: flask --app wsgi waves status")
    return wave


@waves.command()
@click.argument("wave_id", type=int)
def launch(wave_id: int) -> None:
    """Launch a planned wave: freeze it and queue its invitations.

    Example: flask --app wsgi waves launch 3
    """
    with writing_command() as session:
        wave = find_wave(session, wave_id)
        _launch(session, wave)
        n_invited = sum(_counts(session, wave).values())
    click.echo(f"Wave {wave_id} is open: {n_invited} people invited. The worker sends the mails.")


def _launch(session: Session, wave: Wave) -> None:
    key, questionnaire = token_key(), questionnaire_of(wave.campaign.questionnaire_key)
    n_recipients = count_recipients(session, wave.campaign.client_id)
    with click.progressbar(length=n_recipients, label="Inviting", file=sys.stderr) as progress:
        launch_wave(
            session, wave, questionnaire, key, settings().public_base_url, COMMAND_LINE, now(), tell=progress.update
        )


@waves.command()
@click.argument("wave_id", type=int, required=False)
def status(wave_id: int | None) -> None:
    """Show where a wave stands, or list all waves.

    Example: flask --app wsgi waves status 3
    """
    with database().reading() as session:
        chosen = [find_wave(session, wave_id)] if wave_id else session.scalars(select(Wave).order_by(Wave.id))
        for wave in chosen:
            _echo_status(session, wave)


def _counts(session: Session, wave: Wave) -> dict[str, int]:
    return read_population(session, wave).counts


def _echo_status(session: Session, wave: Wave) -> None:
    title = f"{wave.campaign.client.name}: {wave.campaign.title}, {wave.title}"
    click.echo(f"Wave {wave.id}  {wave.state}  {title}, until {wave.last_day}")
    counts = _counts(session, wave)
    if sum(counts.values()):
        told = "  ".join(f"{name} {count}" for name, count in counts.items())
        click.echo(f"  {sum(counts.values())} invited: {told}")
