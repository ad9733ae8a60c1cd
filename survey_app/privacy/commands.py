"""Erase what is past its time, each part in a transaction of its own: by hand, or as the worker does every day."""

import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial

import click
import structlog
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from survey_app.campaigns.rules import RETENTION_MONTHS
from survey_app.db import Database, transaction
from survey_app.privacy.queries import count_unclosed, waves_past_their_time
from survey_app.privacy.service import erase_leftovers, erase_wave
from survey_app.web import database, now

log = structlog.get_logger()
Step = Callable[[Session], Counter[str]]
WORDS = {
    "waves": "waves",
    "people": "people asked",
    "answers": "answers",
    "addresses": "addresses of mails",
    "contacts": "contacts who left",
    "sessions": "ended sessions",
    "counters": "old counters",
}


def steps_due(database: Database, now: datetime) -> list[Step]:
    """Return what is to be erased, each part in a transaction of its own."""
    with database.reading() as session:
        waiting = waves_past_their_time(session, now)
    waves = [partial(erase_wave, wave_id=wave_id, now=now) for wave_id in waiting]
    return [*waves, partial(erase_leftovers, now=now)]


def purge(database: Database, now: datetime) -> Counter[str]:
    """Do all that is due; two who do so at once erase each thing once, and count it once."""
    erased: Counter[str] = Counter()
    for step in steps_due(database, now):
        try:
            erased += take(database, step)
        except Exception:
            log.exception("retention_step_failed")
    if erased:
        log.info("personal_content_erased", **erased)
    return erased


def take(database: Database, step: Step) -> Counter[str]:
    with database.writing() as session, transaction(session):
        return step(session)


def try_out(database: Database, step: Step) -> Counter[str]:
    """Count what a step would erase: it is done for real and never committed."""
    with database.writing() as session:
        found = step(session)
        session.rollback()
        return found


privacy = AppGroup("privacy", help="Keep what people were promised. Example: flask --app wsgi privacy purge --dry-run")


@privacy.command("purge")
@click.option("--dry-run", is_flag=True, help="Count what would be erased, and erase nothing.")
def purge_command(dry_run: bool) -> None:
    """Erase answers, people and addresses that are past their time; scores and sheets stay.

    The worker does this once a day. A survey's answers and people are kept for 36 months after its end.

    Example: flask --app wsgi privacy purge --dry-run
    """
    at, do = now(), try_out if dry_run else take
    erased: Counter[str] = Counter()
    with click.progressbar(steps_due(database(), at), label="Erasing", file=sys.stderr) as steps:
        for step in steps:
            erased += do(database(), step)
    for name, words in WORDS.items():
        if erased[name]:
            click.echo(f"{words:<22}{erased[name]:>9}")
    if not erased:
        click.echo(f"Nothing is past its time ({RETENTION_MONTHS} months after a survey's end).")
    elif dry_run:
        click.echo("Nothing was erased: this was a dry run.")
    with database().reading() as session:
        n_unclosed = count_unclosed(session, at)
    if n_unclosed:
        click.echo(f"{n_unclosed} waves past their time were never closed: close or cancel them, then purge again.")
