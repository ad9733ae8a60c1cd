"""What the worker does besides sending mails, and how often: Huey keeps the time, the tables say what is due."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from flask import Flask
from huey import MemoryHuey, crontab

from survey_app.action_plans.reminding import remind_plans
from survey_app.audit.service import seal_entries
from survey_app.campaigns.schedule.ticking import Ticker
from survey_app.closing.due import close_due_waves
from survey_app.db import Database, transaction
from survey_app.measurements.reminders import remind_of_expiry
from survey_app.outbox.leases import expire_late, recover_expired_leases
from survey_app.privacy.purging import purge
from survey_app.score_sheets.signing import signing_key_bytes
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
        huey.periodic_task(chore.is_time, name=chore.do.__name__)(_task_of(chore, app))
    consumer = huey.create_consumer(workers=1, max_delay=1.0)
    # Its own start() would take the signals away from the worker.
    for thread in (consumer.scheduler, *(thread for _, thread in consumer.worker_threads)):
        thread.start()
    try:
        yield
    finally:
        consumer.stop(graceful=True)


def _task_of(chore: Chore, app: Flask) -> Callable[[], None]:
    return lambda: chore.do_safely(app)
