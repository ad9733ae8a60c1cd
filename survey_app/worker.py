"""The worker: what is due, done again and again, by as many workers side by side as one likes."""

import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from types import FrameType

import click
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext

from survey_app.accounts.mails import account_composers
from survey_app.action_plans.composing import plan_composers
from survey_app.action_plans.reminding import remind_plans
from survey_app.agreements.mails import agreement_composers
from survey_app.audit.service import seal_entries
from survey_app.campaigns.mails.composing import wave_composers
from survey_app.campaigns.schedule.ticking import Ticker
from survey_app.closing.due import close_due_waves
from survey_app.db import Database, transaction
from survey_app.measurements.mails import evidence_composers
from survey_app.measurements.reminders import remind_of_expiry
from survey_app.outbox.claiming import expire_late, recover_expired_leases
from survey_app.outbox.composition import Composers
from survey_app.outbox.delivery import Round, drain
from survey_app.outbox.queries import outbox_status
from survey_app.privacy.purging import purge
from survey_app.score_sheets.mails import sheet_composers
from survey_app.score_sheets.signing import signing_key_bytes
from survey_app.scores.mails import results_composers
from survey_app.settings import Settings

log = structlog.get_logger()

SECONDS_BETWEEN_ROUNDS = 2.0
EVIDENCE_RHYTHM = timedelta(hours=1)
RETENTION_RHYTHM = timedelta(days=1)
NEVER = datetime.min.replace(tzinfo=UTC)
Step = Callable[[Flask], None]
Follow = Callable[[Round], AbstractContextManager[object]]


def composers(settings: Settings) -> Composers:
    """Return who writes each kind of mail."""
    return {
        **account_composers(settings),
        **agreement_composers(settings),
        **evidence_composers(settings),
        **plan_composers(settings),
        **results_composers(settings),
        **sheet_composers(settings),
        **wave_composers(settings),
    }


def take_back_lost_mails(app: Flask) -> None:
    """Take back what a killed worker had in hand, and settle the mails that came too late."""
    now = app.extensions["survey_clock"].now()
    database: Database = app.extensions["survey_database"]
    with database.writing() as session, transaction(session):
        n_lost = recover_expired_leases(session, now)
        expire_late(session, now)
    if n_lost:
        log.warning("mails_taken_back", n_mails=n_lost)


def keep_the_schedule(app: Flask) -> None:
    """Open, remind and close the waves whose time has come, and write the digests."""
    if "survey_ticker" not in app.extensions:
        app.extensions["survey_ticker"] = _ticker(app)
    app.extensions["survey_ticker"].tick(app.extensions["survey_clock"].now())


def _ticker(app: Flask) -> Ticker:
    settings: Settings = app.extensions["survey_settings"]
    database: Database = app.extensions["survey_database"]
    catalogue, key = app.extensions["survey_catalogue"], signing_key_bytes(settings)
    return Ticker(
        database=database,
        library=app.extensions["survey_questionnaires"],
        token_key=settings.token_key.get_secret_value().encode(),
        public_base_url=settings.public_base_url,
        zone=settings.time_zone,
        close_due=lambda now: close_due_waves(database, catalogue, key, now),
    )


def remind_of_evidence(app: Flask) -> None:
    """Write to the owners of contract documents that are about to fall due; once an hour is often enough."""
    now = app.extensions["survey_clock"].now()
    if now - app.extensions.get("survey_evidence_checked_at", NEVER) < EVIDENCE_RHYTHM:
        return
    app.extensions["survey_evidence_checked_at"] = now
    database: Database = app.extensions["survey_database"]
    with database.writing() as session, transaction(session):
        remind_of_expiry(session, now)


def remind_plan_owners(app: Flask) -> None:
    """Write to the owners of actions that are about to fall due, and to the lead of those that are late."""
    database: Database = app.extensions["survey_database"]
    with database.writing() as session, transaction(session):
        remind_plans(session, app.extensions["survey_clock"].now())


def erase_what_is_past(app: Flask) -> None:
    """Erase the people, answers and addresses that are past their time; once a day is often enough."""
    now = app.extensions["survey_clock"].now()
    if now - app.extensions.get("survey_retention_kept_at", NEVER) < RETENTION_RHYTHM:
        return
    app.extensions["survey_retention_kept_at"] = now
    purge(app.extensions["survey_database"], now)


def seal_audit_log(app: Flask) -> None:
    """Chain the audit entries written since the last round."""
    database: Database = app.extensions["survey_database"]
    with database.writing() as session, transaction(session):
        seal_entries(session)


# What is due besides mail comes first, since it writes mails: each step opens its own transactions and is safe
# when two workers run it at once.
STEPS: tuple[Step, ...] = (
    take_back_lost_mails, keep_the_schedule, remind_of_evidence, remind_plan_owners, erase_what_is_past,
    seal_audit_log,
)


def run_once(app: Flask, stop: threading.Event | None = None, follow: Follow = nullcontext) -> Counter[str]:
    """Do all that is due now, then send the mails; return how many mails met which fate.

    Two of these at once are normal: each mail is leased to one of them. A step that fails is logged and
    does not keep the others, or the mails, from their turn.
    """
    stop = stop or threading.Event()
    for step in STEPS:
        if stop.is_set():
            break
        try:
            step(app)
        except Exception:
            log.exception("worker_step_failed", step=step.__name__)
    settings: Settings = app.extensions["survey_settings"]
    shared = Round(app, composers(settings), app.extensions["survey_mail_handlers"], stop)
    with follow(shared):
        return drain(shared)


@contextmanager
def show_progress(shared: Round) -> Iterator[None]:
    """Show on the terminal how many of the mails that are due have been handled."""
    with shared.database.reading() as session:
        n_due = outbox_status(session, shared.now()).n_due
    is_over = threading.Event()
    with click.progressbar(length=n_due, label="Sending", file=sys.stderr) as bar:

        def look() -> None:
            # Three times a second, and once more at the end.
            is_last = False
            while not is_last:
                is_last = is_over.wait(0.3)
                bar.update(min(sum(shared.fates.values()), n_due) - bar.pos)

        watcher = threading.Thread(target=look, name="progress")
        watcher.start()
        try:
            yield
        finally:
            is_over.set()
            watcher.join()


def run_until_stopped(app: Flask, stop: threading.Event) -> None:
    """Do what is due every two seconds until asked to stop; the message in hand is finished first."""
    log.info("worker_started")
    while not stop.is_set():
        try:
            run_once(app, stop)
        except Exception:
            log.exception("worker_round_failed")
        stop.wait(SECONDS_BETWEEN_ROUNDS)
    log.info("worker_stopped")


def _stop_on_signals(stop: threading.Event) -> None:
    def ask_to_stop(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)


@click.command("worker", epilog="Example: flask --app wsgi worker --once")
@click.option("--once", is_flag=True, help="Do what is due now and exit.")
@with_appcontext
def worker_command(once: bool) -> None:
    """Send mails, close due waves and keep the retention promised, until stopped.

    Several workers may run side by side. On SIGTERM or Ctrl-C the message in hand is finished first.
    """
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    stop = threading.Event()
    _stop_on_signals(stop)
    if not once:
        run_until_stopped(app, stop)
        return
    fates = run_once(app, stop, show_progress)
    told = ", ".join(f"{n} {fate}" for fate, n in sorted(fates.items())) or "nothing was due"
    click.echo(f"Mails: {told}.")
