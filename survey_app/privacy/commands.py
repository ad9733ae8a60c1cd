"""`flask privacy`: erase by hand what the worker erases every day, or see what that would be."""

import sys

import click
from flask.cli import AppGroup

from survey_app.campaigns.rules import RETENTION_MONTHS
from survey_app.privacy.purging import steps_due, take, try_out
from survey_app.privacy.queries import count_unclosed
from survey_app.privacy.rules import Erased
from survey_app.web import database, now

WORDS = {
    "waves": "waves",
    "people": "people asked",
    "answers": "answers",
    "addresses": "addresses of mails",
    "contacts": "contacts who left",
    "sessions": "ended sessions",
    "counters": "old counters",
}

privacy = AppGroup("privacy", help="Keep what people were promised. Example: flask --app wsgi privacy purge --dry-run")


@privacy.command()
@click.option("--dry-run", is_flag=True, help="Count what would be erased, and erase nothing.")
def purge(dry_run: bool) -> None:
    """Erase answers, people and addresses that are past their time; scores and sheets stay.

    The worker does this once a day. A survey's answers and people are kept for 36 months after its end.

    Example: flask --app wsgi privacy purge --dry-run
    """
    at, do = now(), try_out if dry_run else take
    erased = Erased()
    with click.progressbar(steps_due(database(), at), label="Erasing", file=sys.stderr) as steps:
        for step in steps:
            erased += do(database(), step)
    for name, n in erased.counts().items():
        click.echo(f"{WORDS[name]:<22}{n:>9}")
    if not erased.counts():
        click.echo(f"Nothing is past its time ({RETENTION_MONTHS} months after a survey's end).")
    elif dry_run:
        click.echo("Nothing was erased: this was a dry run.")
    with database().reading() as session:
        n_unclosed = count_unclosed(session, at)
    if n_unclosed:
        click.echo(f"{n_unclosed} waves past their time were never closed: close or cancel them, then purge again.")
