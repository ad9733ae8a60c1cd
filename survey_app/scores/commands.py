"""`flask scores`: check from the command line that scores are what their evidence gives."""

import sys
from collections.abc import Iterator, Sequence

import click
from flask import current_app
from flask.cli import with_appcontext

from survey_app.campaigns.models import Wave
from survey_app.errors import Refusal
from survey_app.measurements.queries import marks_for_wave
from survey_app.scores.rules import Line
from survey_app.scores.service import AnswersErased, recompute
from survey_app.web import database


@click.group("scores")
def scores() -> None:
    """Check scores. Example: flask --app wsgi scores recompute 3."""


@scores.command("recompute", epilog="Example: flask --app wsgi scores recompute 3")
@click.argument("wave_id", type=int)
@with_appcontext
def recompute_command(wave_id: int) -> None:
    """Derive the scores of closed wave WAVE_ID again; exit 1 where one differs from what was recorded."""
    with database().reading() as session:
        wave = session.get(Wave, wave_id)
        if wave is None:
            raise click.ClickException(f"There is no wave {wave_id}. See: flask --app wsgi waves status")
        try:
            marks = marks_for_wave(session, wave)
            found = recompute(session, wave, current_app.extensions["survey_catalogue"], marks, _with_progress)
        except AnswersErased as erased:
            click.echo(f"Wave {wave_id}: {erased.message % erased.values} Check it: flask --app wsgi sheets check")
            return
        except Refusal as refusal:
            raise click.ClickException(refusal.message % refusal.values) from None
    for each in found:
        click.echo(f"{each.subject}: {each.figure} was recorded as {each.recorded}, its evidence gives {each.derived}")
    if found:
        raise click.ClickException(f"{len(found)} figures differ from what was recorded.")
    click.echo(f"Wave {wave_id}: every score is what its answers and facts give.")


def _with_progress(lines: Sequence[Line]) -> Iterator[Line]:
    with click.progressbar(lines, label="Scoring", file=sys.stderr) as shown:
        yield from shown
