"""Close waves outside the pages: one from the command line, those whose time is up from the worker."""

import sys
from datetime import datetime

import click
import structlog
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from survey_app.catalogue.content import Catalogue
from survey_app.closing.service import N_STAGES, Closing, close_wave, due_wave_ids
from survey_app.db import Database, transaction
from survey_app.errors import Refusal
from survey_app.formats import format_score
from survey_app.score_sheets.signing import signing_key_bytes
from survey_app.scores.models import ScoreLevel
from survey_app.web import database, now, settings


@click.command("close")
@click.argument("wave_id", type=int)
@with_appcontext
def close_command(wave_id: int) -> None:
    """Close wave WAVE_ID: scores, plans, bonus and sheet. Example: flask --app wsgi waves close 3."""
    try:
        with database().writing() as session, transaction(session):
            closing = _close(session, wave_id)
            overall = next((s for s in closing.scores if s.level is ScoreLevel.OVERALL), None)
            click.echo(f"Wave {wave_id} is closed.")
            click.echo(f"Overall score: {format_score(overall.exact if overall else None, 'en')} / 10")
            click.echo(f"Plans opened: {len(closing.opened_plans)}, settled: {len(closing.settled_plans)}")
            click.echo(f"Sheet: {closing.edition.sheet.reference}, edition {closing.edition.number}")
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None


def _close(session: Session, wave_id: int) -> Closing:
    catalogue, key = current_app.extensions["survey_catalogue"], signing_key_bytes(settings())
    with click.progressbar(length=N_STAGES, label="Closing", file=sys.stderr) as progress:
        return close_wave(session, wave_id, catalogue, key, "command line", now(), progress.update)


log = structlog.get_logger()
ACTOR = "worker"


def close_due_waves(database: Database, catalogue: Catalogue, signing_key: bytes, now: datetime) -> int:
    """Close every wave past its deadline, each in its own transaction, and return how many were closed."""
    with database.reading() as session:
        waiting = due_wave_ids(session, now)
    return sum(_close_one(database, wave_id, catalogue, signing_key, now) for wave_id in waiting)


def _close_one(database: Database, wave_id: int, catalogue: Catalogue, signing_key: bytes, now: datetime) -> bool:
    try:
        with database.writing() as session, transaction(session):
            close_wave(session, wave_id, catalogue, signing_key, ACTOR, now)
    except Refusal as refusal:
        # Another worker or a person closed it first, or it cannot be closed yet: say so and go on.
        log.warning("wave_not_closed", wave=wave_id, reason=str(refusal))
        return False
    return True
