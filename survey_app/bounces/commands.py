"""The command that reads bounces."""

import imaplib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from survey_app.bounces.service import Incoming, IngestCounts, ingest
from survey_app.bounces.sources import (
    IMAPS_PORT,
    Mailbox,
    NotAMaildirError,
    from_imap,
    from_maildir,
    from_stream,
)
from survey_app.db import transaction
from survey_app.web import database, now, settings

bounces = AppGroup("bounces", help="Read delivery reports. Example: flask --app wsgi bounces ingest --maildir DIR")


@bounces.command("ingest")
@click.option(
    "--maildir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with the subfolders new and cur.",
)
@click.option("--imap", "imap_host", help="Host of an IMAP mailbox, over TLS.")
@click.option("--user", help="User of the IMAP mailbox.")
@click.option("--folder", default="INBOX", show_default=True, help="Folder of the IMAP mailbox.")
@click.option("--port", default=IMAPS_PORT, show_default=True, help="Port of the IMAP server.")
@click.option(
    "--password",
    envvar="SURVEY_BOUNCE_PASSWORD",
    help="Password of the IMAP mailbox; better given as SURVEY_BOUNCE_PASSWORD, or asked for.",
)
@click.option(
    "--delete", "deletes", is_flag=True, help="Delete the reports that were noted; what is not one of ours stays."
)
def ingest_command(
    maildir: Path | None,
    imap_host: str | None,
    user: str | None,
    folder: str,
    port: int,
    password: str | None,
    deletes: bool,
) -> None:
    """Read delivery reports from a maildir, an IMAP mailbox, or one from standard input.

    A dead address is never written to again, a full one is noted, and where the sender was refused the wave's
    mails are held. Only reports to an address that bears our tag are believed. What was read is marked as seen;
    nothing is deleted unless you ask for it. Returned mails hold personal links: a mailbox kept for bounces is
    best emptied.

    Example: flask --app wsgi bounces ingest --imap mail.example.com --user bounces@example.com --delete
    """
    if maildir is not None:
        _tell(_ingest(_read_maildir(maildir, deletes)))
    elif imap_host is None:
        _tell(_ingest(from_stream(sys.stdin.buffer)))
    elif not user:
        raise click.UsageError("Name the mailbox's user: --user bounces@example.com")
    else:
        secret = password or click.prompt("Password", hide_input=True)
        _read_imap(Mailbox(imap_host, user, secret, folder, port, deletes))


def _read_imap(mailbox: Mailbox) -> None:
    try:
        with from_imap(mailbox) as messages:
            _tell(_ingest(messages))
    except (OSError, imaplib.IMAP4.error) as error:
        why = error.args[0] if error.args and isinstance(error.args[0], bytes) else str(error).encode()
        raise click.ClickException(
            f"The mailbox could not be read: {why.decode('utf-8', 'replace')}. "
            "Check --imap, --port, --user, --folder and the password. What was not read stays unseen."
        ) from None


def _read_maildir(folder: Path, deletes: bool) -> list[Incoming]:
    try:
        return from_maildir(folder, deletes=deletes)
    except NotAMaildirError:
        raise click.ClickException(
            f"{folder} is not a maildir: it needs the subfolders new and cur. Name the folder above them."
        ) from None


def _ingest(messages: list[Incoming]) -> IngestCounts:
    key = settings().token_key.get_secret_value().encode()
    handlers = current_app.extensions["survey_mail_handlers"]
    with click.progressbar(messages, label="Reading reports", file=sys.stderr) as shown:
        return ingest(shown, key, handlers, now(), _open_transaction)


@contextmanager
def _open_transaction() -> Iterator[Session]:
    with database().writing() as session, transaction(session):
        yield session


def _tell(counts: IngestCounts) -> None:
    click.echo(
        f"Bounces: {counts.n_applied} noted, {counts.n_known} known already, "
        f"{counts.n_ignored} ignored (no report, or not to an address of ours)."
    )
