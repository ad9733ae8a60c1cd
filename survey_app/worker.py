"""The worker: mails sent as they fall due and chores at their time, by as many workers side by side as one likes."""

import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import FrameType

import click
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext
from huey import MemoryHuey, crontab

from survey_app.accounts.mails import account_composers
from survey_app.action_plans.mails import plan_composers
from survey_app.action_plans.reminding import remind_plans
from survey_app.agreements.mails import agreement_composers
from survey_app.audit.service import seal_entries
from survey_app.bounces.service import tell
from survey_app.campaigns.mails import wave_composers
from survey_app.campaigns.schedule import Ticker
from survey_app.closing.commands import close_due_waves
from survey_app.db import Database, transaction
from survey_app.measurements.mails import evidence_composers, remind_of_expiry
from survey_app.outbox.delivery import Composers, Round, drain
from survey_app.outbox.queries import outbox_status
from survey_app.outbox.service import expire_late, recover_expired_leases
from survey_app.privacy.commands import purge
from survey_app.score_sheets.mails import sheet_composers
from survey_app.score_sheets.signing import signing_key_bytes
from survey_app.scores.mails import results_composers
from survey_app.settings import Settings

log = structlog.get_logger()

EVERY_MINUTE = crontab()
EVERY_HOUR = crontab(minute="5")
EVERY_NIGHT = crontab(minute="35", hour="1")


@dataclass(frozen=True)
class Chore:
    """One thing to do again and again: it opens its own transactions and is safe when two workers do it at once."""

    do: Callable[[Flask], None]
    is_time: Callable[[datetime], bool]

    def do_safely(self, app: Flask) -> None:
        """Do it; where it fails, that is logged, and keeps neither the other chores nor the mails from their turn."""
        try:
            with app.app_context():
                self.do(app)
        except Exception:
            log.exception("chore_failed", chore=self.do.__name__)


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
    settings: Settings = app.extensions["survey_settings"]
    database: Database = app.extensions["survey_database"]
    catalogue, key = app.extensions["survey_catalogue"], signing_key_bytes(settings)
    ticker = Ticker(
        database=database,
        library=app.extensions["survey_questionnaires"],
        token_key=settings.token_key.get_secret_value().encode(),
        public_base_url=settings.public_base_url,
        zone=settings.time_zone,
        close_due=lambda now: close_due_waves(database, catalogue, key, now),
    )
    ticker.tick(app.extensions["survey_clock"].now())


def remind_of_evidence(app: Flask) -> None:
    """Write to the owners of contract documents that are about to fall due."""
    database: Database = app.extensions["survey_database"]
    with database.writing() as session, transaction(session):
        remind_of_expiry(session, app.extensions["survey_clock"].now())


def remind_plan_owners(app: Flask) -> None:
    """Write to the owners of actions that are about to fall due, and to the lead of those that are late."""
    database: Database = app.extensions["survey_database"]
    with database.writing() as session, transaction(session):
        remind_plans(session, app.extensions["survey_clock"].now())


def erase_what_is_past(app: Flask) -> None:
    """Erase the people, answers and addresses that are past their time."""
    purge(app.extensions["survey_database"], app.extensions["survey_clock"].now())


def seal_audit_log(app: Flask) -> None:
    """Chain the audit entries written since the last round."""
    database: Database = app.extensions["survey_database"]
    with database.writing() as session, transaction(session):
        seal_entries(session)


# A worker does all of them when it starts, so that nothing waits for a night in which no worker ran.
CHORES = (
    Chore(take_back_lost_mails, EVERY_MINUTE),
    Chore(keep_the_schedule, EVERY_MINUTE),
    Chore(remind_of_evidence, EVERY_HOUR),
    Chore(remind_plan_owners, EVERY_MINUTE),
    Chore(erase_what_is_past, EVERY_NIGHT),
    Chore(seal_audit_log, EVERY_MINUTE),
)


def do_all_chores(app: Flask, stop: threading.Event) -> None:
    for chore in CHORES:
        if not stop.is_set():
            chore.do_safely(app)


@contextmanager
def keeping_time(app: Flask) -> Iterator[None]:
    """Do each chore at its time, in a thread of this process; at the end the one in hand is finished first.

    Huey's queue is in memory: what is due follows from the tables, so a worker that is killed loses nothing, and two
    workers that keep the same time do each thing once.
    """
    huey = MemoryHuey("survey", results=False)
    for chore in CHORES:
        huey.periodic_task(chore.is_time, name=chore.do.__name__)(partial(chore.do_safely, app))
    consumer = huey.create_consumer(workers=1, max_delay=1.0)
    # Its own start() would take the signals away from the worker.
    for thread in (consumer.scheduler, *(thread for _, thread in consumer.worker_threads)):
        thread.start()
    try:
        yield
    finally:
        consumer.stop(graceful=True)


SECONDS_BETWEEN_ROUNDS = 2.0
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


def run_once(app: Flask, stop: threading.Event | None = None, follow: Follow = nullcontext) -> Counter[str]:
    """Do all the chores, since they write mails, then send the mails; return how many mails met which fate."""
    stop = stop or threading.Event()
    do_all_chores(app, stop)
    return send_mails(app, stop, follow)


def send_mails(app: Flask, stop: threading.Event, follow: Follow = nullcontext) -> Counter[str]:
    """Send the mails that are due. Two of these at once are normal: each mail is leased to one of them."""
    settings: Settings = app.extensions["survey_settings"]
    shared = Round(app, composers(settings), partial(tell, app.extensions["survey_mail_handlers"]), stop)
    with follow(shared):
        return drain(shared)


@contextmanager
def show_progress(shared: Round) -> Iterator[None]:
    """Show on the terminal how many of the mails that are due have been handled."""
    with shared.database.reading() as session:
        n_due = outbox_status(session, shared.clock.now()).n_due
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
    """Send what is due every two seconds, and do the chores at their time; what is in hand is finished first."""
    log.info("worker_started")
    do_all_chores(app, stop)
    with keeping_time(app):
        while not stop.is_set():
            try:
                send_mails(app, stop)
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
