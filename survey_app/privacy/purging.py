"""Erase everything that is past its time, wave by wave: one that fails never holds the others."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.orm import Session

from survey_app.db import Database, transaction
from survey_app.privacy.queries import waves_past_their_time
from survey_app.privacy.rules import Erased
from survey_app.privacy.service import erase_leftovers, erase_wave

log = structlog.get_logger()
Step = Callable[[Session], Erased]


def steps_due(database: Database, now: datetime) -> list[Step]:
    """Return what is to be erased, each part in a transaction of its own."""
    with database.reading() as session:
        waiting = waves_past_their_time(session, now)
    waves = [partial(erase_wave, wave_id=wave_id, now=now) for wave_id in waiting]
    return [*waves, partial(erase_leftovers, now=now)]


def purge(database: Database, now: datetime) -> Erased:
    """Do all that is due; two who do so at once erase each thing once, and count it once."""
    erased = Erased()
    for step in steps_due(database, now):
        try:
            erased += take(database, step)
        except Exception:
            log.exception("retention_step_failed")
    if erased.counts():
        log.info("personal_content_erased", **erased.counts())
    return erased


def take(database: Database, step: Step) -> Erased:
    with database.writing() as session, transaction(session):
        return step(session)


def try_out(database: Database, step: Step) -> Erased:
    """Count what a step would erase: it is done for real and never committed."""
    with database.writing() as session:
        found = step(session)
        session.rollback()
        return found
