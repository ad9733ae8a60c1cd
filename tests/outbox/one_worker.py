"""One worker in a process of its own, which may be told to kill itself around its nth commit.

Usage: python tests/outbox/one_worker.py DATABASE_URL PORT NOW CONNECTIONS [before|after N]
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from flask import Flask
from sqlalchemy.orm import Session

from survey_app.bounces.service import tell
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.outbox import delivery
from survey_app.outbox.connection import init_mail
from survey_app.outbox.delivery import Round, drain
from survey_app.outbox.service import recover_expired_leases
from survey_app.settings import Settings
from tests.outbox.post import KIND, Rooms, write_letter

COMMITS = count(1)


def bare_application(database_url: str, port: int, now: datetime, connections: int) -> Flask:
    settings = Settings(
        environment="development",
        database_url=database_url,
        token_key="test-token-key-of-more-than-32-characters",
        mail_server="127.0.0.1",
        mail_port=port,
        mail_security="none",
        mail_sender="enquete@agence.test",
        mail_connections=connections,
        mail_domain_per_minute=1_000_000,
    )
    app = Flask("worker")
    app.extensions["survey_settings"] = settings
    app.extensions["survey_database"] = Database(database_url)
    app.extensions["survey_clock"] = SettableClock(now)
    init_mail(app, settings)
    return app


def die_around_commit(when: str, nth: int) -> None:
    """Replace the delivery's transaction by one that ends this process at the nth commit."""

    @contextmanager
    def deadly(session: Session) -> Iterator[Session]:
        with transaction(session):
            yield session
            number = next(COMMITS)
            if when == "before" and number == nth:
                os.kill(os.getpid(), signal.SIGKILL)
        if when == "after" and number == nth:
            os.kill(os.getpid(), signal.SIGKILL)

    delivery.transaction = deadly  # type: ignore[attr-defined]


def main() -> None:
    url, port, now, connections, *death = sys.argv[1:]
    if death:
        die_around_commit(death[0], int(death[1]))
    app = bare_application(url, int(port), datetime.fromisoformat(now), int(connections))
    database: Database = app.extensions["survey_database"]
    with database.writing() as session, transaction(session):
        recover_expired_leases(session, datetime.fromisoformat(now))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    drain(Round(app, {KIND: write_letter}, partial(tell, Rooms()), stop))


if __name__ == "__main__":
    main()
