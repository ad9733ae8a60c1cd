"""Mails per second of the worker, against a bare loop over one connection that sends ready-made messages.

The worker leases, asks again whether each mail may leave, writes the invitation, builds the message, sends it and
records the outcome in the database, two commits for each mail. The loop knows nothing and only sends.
Both talk to the same sink, which takes 5 ms for each reply, in turns, and the median of the rounds counts.

Run from the project's folder:
    .venv/bin/python -m benchmarks.mail [--mails 400] [--rounds 3] [--postgres URL]
PostgreSQL is measured too when --postgres or SURVEY_TEST_POSTGRES_URL names a server.
"""

import argparse
import os
import smtplib
import statistics
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import structlog
from flask import Flask
from flask_mail import email_dispatched
from sqlalchemy import create_engine, text, update
from sqlalchemy.engine import make_url

from survey_app.agreements.models import Agreement, AgreementVersion, Commitment, Measure, Obligor, VersionState
from survey_app.application import create_app
from survey_app.bounces.service import tell
from survey_app.campaigns.invitations import launch_wave
from survey_app.campaigns.models import CampaignKind, PrivacyMode
from survey_app.campaigns.service import create_campaign, plan_wave
from survey_app.clients.models import Agency, Client, Contact
from survey_app.clock import SettableClock, stopwatch
from survey_app.db import Database, transaction
from survey_app.migrating import metadata
from survey_app.outbox.delivery import Round, drain
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.settings import Settings
from survey_app.worker import composers

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = "benchmark-key-of-more-than-thirty-two-characters"
SENDER = "enquete@agence.test"
SECONDS_PER_REPLY = 0.005


@dataclass(frozen=True)
class Case:
    """One comparison: over how many connections the worker sends, and the ratio that it promises."""

    name: str
    connections: int
    target: str


CASES = (
    Case("one connection", 1, "at least 0.9"),
    Case("four connections", 4, "above 2.0"),
)


@contextmanager
def sink() -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks.mail_sink", str(SECONDS_PER_REPLY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        if process.stdout is None:
            raise SystemExit("the sink did not start")
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


@contextmanager
def database_urls(postgres: str) -> Iterator[dict[str, str]]:
    """Give an empty database on each engine that is there."""
    name = f"bench_{uuid.uuid4().hex[:12]}"
    with tempfile.TemporaryDirectory() as folder:
        urls = {"SQLite": f"sqlite:///{folder}/survey.db"}
        if not postgres:
            yield urls
            return
        server = create_engine(postgres, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        url = make_url(postgres).set(database=name).render_as_string(hide_password=False)
        try:
            yield {**urls, "PostgreSQL": url}
        finally:
            with server.connect() as connection:
                connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
            server.dispose()


def build_application(url: str, port: int, connections: int, *, suppresses: bool) -> Flask:
    settings = Settings(
        environment="test" if suppresses else "development",
        database_url=url,
        secret_key=KEY[::-1],
        token_key=KEY,
        public_base_url="https://satisfaction.agence.test",
        mail_server="127.0.0.1",
        mail_port=port,
        mail_security="none",
        mail_sender=SENDER,
        mail_connections=connections,
        mail_domain_per_minute=10_000_000,
    )
    return create_app(settings, SettableClock(NOW))


def launch(app: Flask, n_mails: int) -> None:
    """Create an agency, its client and a launched wave: one invitation for each contact."""
    database: Database = app.extensions["survey_database"]
    metadata.create_all(database.engine)
    library = app.extensions["survey_questionnaires"]
    with app.app_context(), database.writing() as session, transaction(session):
        agency = Agency(
            key="agence",
            name="Agence Étoile",
            privacy_contact="dpo@agence.test",
            postal_address="1 rue de la Paix, 75002 Paris",
            created_at=NOW,
        )
        client = Client(agency=agency, key="client", name="Maison Clair", created_at=NOW)
        contacts = [
            Contact(client=client, name=f"Marie Dupont {n}", email=f"marie{n}@client{n % 20}.test", created_at=NOW)
            for n in range(n_mails)
        ]
        agreement = Agreement(client=client, title="SLA 2026", created_at=NOW)
        version = AgreementVersion(
            agreement=agreement,
            number=1,
            state=VersionState.VALIDATED,
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 12, 31),
            validated_at=NOW,
            content_hash="0" * 64,
            frozen_content="{}",
            created_at=NOW,
        )
        version.commitments = [
            Commitment(
                position=1,
                indicator_key="service_responsiveness",
                obligor=Obligor.AGENCY,
                measure=Measure.SURVEY,
                threshold=Decimal(7),
                weight=Decimal(1),
            )
        ]
        session.add_all([agency, client, *contacts, agreement, version])
        session.flush()
        questionnaire = library.get("quarterly_barometer")
        campaign = create_campaign(
            session,
            client,
            agreement,
            "Baromètre",
            CampaignKind.BAROMETER,
            questionnaire,
            PrivacyMode.NAMED,
            "bench",
            NOW,
        )
        wave = plan_wave(session, campaign, "Mars", date(2026, 3, 2), date(2026, 3, 20), NOW)
        launch_wave(session, wave, questionnaire, KEY.encode(), "https://satisfaction.agence.test", "bench", NOW)


def queue_again(app: Flask) -> None:
    """Put every mail back as it was at launch, so that each round sends the same."""
    database: Database = app.extensions["survey_database"]
    with database.writing() as session, transaction(session):
        session.execute(
            update(OutgoingEmail).values(
                state=MailState.QUEUED, due_at=NOW, n_attempts=0, sent_at=None, message_id=None
            )
        )
    app.extensions["survey_clock"].set(NOW + timedelta(hours=1))


def run_worker(app: Flask) -> int:
    """Send everything that is due and return how many mails the relay took."""
    writers = composers(app.extensions["survey_settings"])
    found = drain(Round(app, writers, partial(tell, app.extensions["survey_mail_handlers"]), threading.Event()))
    return found["accepted"]


def ready_made_messages(url: str) -> list[tuple[str, bytes]]:
    """Write all mails once without sending them: what the bare loop will send."""
    written: list[tuple[str, bytes]] = []

    def keep(_app: Flask, message: object) -> None:
        written.append((str(message["To"]), message.as_bytes()))  # type: ignore[index, attr-defined]

    app = build_application(url, 1, 1, suppresses=True)
    queue_again(app)
    with email_dispatched.connected_to(keep):
        run_worker(app)
    return written


def bare_loop(port: int, messages: list[tuple[str, bytes]]) -> float:
    started = stopwatch()
    with smtplib.SMTP("127.0.0.1", port) as host:
        for recipient, content in messages:
            host.sendmail(SENDER, [recipient], content)
    return len(messages) / (stopwatch() - started)


def worker_rate(app: Flask, n_mails: int) -> float:
    queue_again(app)
    started = stopwatch()
    n_sent = run_worker(app)
    rate = n_sent / (stopwatch() - started)
    if n_sent != n_mails:
        raise SystemExit(f"the worker sent {n_sent} of {n_mails} mails: the measure means nothing")
    return rate


def compare(engine: str, url: str, case: Case, messages: list[tuple[str, bytes]], rounds: int) -> tuple[str, float]:
    """Measure both in turns and return the ratio of their medians, worker to loop."""
    with sink() as port:
        app = build_application(url, port, case.connections, suppresses=False)
        pairs = [(bare_loop(port, messages), worker_rate(app, len(messages))) for _ in range(rounds)]
        app.extensions["survey_database"].engine.dispose()
    bare, worker = (statistics.median(rates) for rates in zip(*pairs, strict=True))
    say(f"{engine}, {case.name}: bare loop {bare:.0f}/s, worker {worker:.0f}/s")
    return f"{engine}, {case.name} ({case.target})", worker / bare


def say(sentence: str) -> None:
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mails", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--postgres", default=os.environ.get("SURVEY_TEST_POSTGRES_URL", ""))
    options = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    ratios = []
    with database_urls(options.postgres) as urls:
        for engine, url in urls.items():
            launch(build_application(url, 1, 1, suppresses=True), options.mails)
            messages = ready_made_messages(url)
            ratios += [compare(engine, url, case, messages, options.rounds) for case in CASES]
    for name, ratio in ratios:
        say(f"ratio {ratio:.2f}  {name}")


if __name__ == "__main__":
    main()
