"""Close what is due, wave by wave: one that fails never holds the others."""

from datetime import datetime

import structlog

from survey_app.catalogue.content import Catalogue
from survey_app.closing.queries import due_wave_ids
from survey_app.closing.service import close_wave
from survey_app.db import Database, transaction
from survey_app.errors import Refusal

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
