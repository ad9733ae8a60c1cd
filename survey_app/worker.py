"""The worker: what is due, done again and again, by as many workers side by side as one likes."""

import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from types import FrameType

import click
import structlog
from flask import Flask, current_app
from flask.cli import with_appcontext

from survey_app.accounts.mails import account_composers
from survey_app.action_plans.composing import plan_composers
from survey_app.agreements.mails import agreement_composers
from survey_app.bounces.service import tell
from survey_app.campaigns.mails.composing import wave_composers
from survey_app.chores import do_all_chores, keeping_time
from survey_app.measurements.mails import evidence_composers
from survey_app.outbox.delivery import Composers, Round, drain
from survey_app.outbox.queries import outbox_status
from survey_app.score_sheets.mails import sheet_composers
from survey_app.scores.mails import results_composers
from survey_app.settings import Settings

log = structlog.get_logger()

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
