"""The outbox's commands: where the mails stand, and what only a person may decide."""

import click
from flask.cli import AppGroup

from survey_app.db import transaction
from survey_app.errors import Refusal
from survey_app.outbox.queries import outbox_status, waiting_for_a_person
from survey_app.outbox.rules import MailState
from survey_app.outbox.service import hold_outbox, release_outbox, settle
from survey_app.web import database, now

outbox = AppGroup("outbox", help="Follow and steer the mails to send. Example: flask --app wsgi outbox status")


@outbox.command()
def status() -> None:
    """Count the mails by state and by kind, and list those in doubt that wait for a person.

    Example: flask --app wsgi outbox status
    """
    with database().reading() as session:
        found = outbox_status(session, now())
        for state in MailState:
            click.echo(f"{state.value:<12}{found.counts[state]:>9}")
        click.echo(f"{'total':<12}{found.counts.total():>9}")
        for kind, counts in found.kinds.items():
            told = ", ".join(f"{counts[state]} {state.value}" for state in MailState if counts[state])
            click.echo(f"  {kind}: {counts.total()} ({told})")
        click.echo(f"Due now: {found.n_due}. Bounced after they were sent: {found.n_bounced}.")
        switch = found.switch
        if switch and switch.held_at:
            since = f"{switch.held_at:%Y-%m-%d %H:%M} UTC ({switch.held_reason})"
            click.echo(f"HELD since {since}: nothing is sent before flask --app wsgi outbox release")
        if switch and switch.open_until and switch.open_until > now():
            click.echo(f"The relay failed ({switch.last_fault}): resting until {switch.open_until:%H:%M:%S} UTC.")
        for email in waiting_for_a_person(session):
            click.echo(f"in doubt: mail {email.id} ({email.kind}) to {email.recipient}: {email.last_reply}")


@outbox.command()
@click.option("--reason", default="held by hand", show_default=True, help="Why, for those who ask.")
def hold(reason: str) -> None:
    """Stop all mail until it is released.

    Example: flask --app wsgi outbox hold --reason "wrong template"
    """
    with database().writing() as session, transaction(session):
        hold_outbox(session, reason, now())
    click.echo("Held: nothing is sent before flask --app wsgi outbox release")


@outbox.command()
@click.option("--cancel-waiting", is_flag=True, help="Cancel the mails that wait instead of sending them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def release(cancel_waiting: bool, yes: bool) -> None:
    """Let mail leave again, after a restore or a hold.

    After a restore, what waits may have been sent since the backup was made: compare with the relay's log,
    and cancel what has left already.

    Example: flask --app wsgi outbox release --cancel-waiting
    """
    with database().writing() as session, transaction(session):
        n_waiting = outbox_status(session, now()).n_waiting
        fate = "will be cancelled" if cancel_waiting else "will be sent"
        if not yes:
            click.confirm(f"{n_waiting} waiting mails {fate}. Go on?", abort=True)
        release_outbox(session, cancels_waiting=cancel_waiting)
    click.echo(f"Released: {n_waiting} waiting mails {fate}.")


@outbox.command("settle")
@click.argument("email_id", type=int)
@click.option("--delivered/--not-delivered", required=True, help="What the relay's log says.")
def settle_command(email_id: int, delivered: bool) -> None:
    """Settle a mail in doubt, failed, dead or held: it arrived, or it is sent again.

    Example: flask --app wsgi outbox settle 1204 --not-delivered
    """
    try:
        with database().writing() as session, transaction(session):
            state = settle(session, email_id, is_delivered=delivered, now=now()).state
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"The mail {email_id} is now {state.value}.")
