"""Launch a wave to 50,000 people on each engine: under 60 s and under 300 MB.

Run from the project's folder:
    .venv/bin/python -m benchmarks.launch
PostgreSQL is measured where SURVEY_TEST_POSTGRES_URL names a server.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import create_engine, event, func, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from survey_app.agreements.models import (
    Agreement,
    AgreementVersion,
    Commitment,
    Measure,
    Obligor,
    VersionState,
)
from survey_app.campaigns.models import CampaignKind, Invitation, PrivacyMode, Wave
from survey_app.campaigns.service import create_campaign, launch_wave, plan_wave
from survey_app.clients.models import Agency, Client, Contact
from survey_app.db import Database, transaction
from survey_app.migrating import metadata
from survey_app.outbox.models import OutgoingEmail
from survey_app.questionnaires import load_library
from survey_app.settings import PROJECT_DIR

N_PEOPLE = 50_000
MOST_SECONDS, MOST_MEGABYTES = 60.0, 300.0
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = b"benchmark-token-key-of-more-than-32-characters"


def prepare(session: Session, n_people: int) -> Wave:
    """Write an agency, its client with so many contacts, a validated agreement and a planned wave."""
    agency = Agency(key="agency", name="Agency", created_at=NOW)
    client = Client(agency=agency, key="client", name="Client", created_at=NOW)
    agreement = Agreement(client=client, title="Agreement", created_at=NOW)
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
    session.add_all([agency, client, agreement, version])
    session.flush()
    people = [
        {"client_id": client.id, "name": f"Person {n}", "email": f"person{n}@client{n % 40}.test", "created_at": NOW}
        for n in range(n_people)
    ]
    session.execute(insert(Contact), people)
    questionnaire = load_library(PROJECT_DIR / "questionnaires").get("annual_review")
    campaign = create_campaign(
        session, client, agreement, "Review", CampaignKind.BAROMETER, questionnaire, PrivacyMode.NAMED, "me", NOW
    )
    return plan_wave(session, campaign, "Wave", date(2026, 3, 2), date(2026, 3, 20), NOW)


def launch(database: Database, wave_id: int) -> tuple[float, int]:
    """Launch the wave; return the seconds it took and how many statements it sent."""
    statements: list[int] = []
    event.listen(database.engine, "before_cursor_execute", lambda *_: statements.append(1))
    questionnaire = load_library(PROJECT_DIR / "questionnaires").get("annual_review")
    started = time.perf_counter()
    with database.writing() as session, transaction(session):
        launch_wave(session, session.get_one(Wave, wave_id), questionnaire, KEY, "https://x.test", "me", NOW)
    return time.perf_counter() - started, len(statements)


def measure(url: str, n_people: int) -> bool:
    """Measure one engine in this process; the people are prepared in another one, for honest memory."""
    database = Database(url)
    with database.reading() as session:
        wave_id = session.scalars(select(Wave.id)).one()
    seconds, n_statements = launch(database, wave_id)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with database.reading() as session:
        n_rows = [session.scalar(select(func.count()).select_from(each)) for each in (Invitation, OutgoingEmail)]
    is_good = seconds < MOST_SECONDS and megabytes < MOST_MEGABYTES and n_rows == [n_people, n_people]
    sys.stdout.write(
        f"{database.engine.dialect.name:<11} {n_people} invitations: {seconds:.1f} s, {megabytes:.0f} MB at most,"
        f" {n_statements} statements  {'ok' if is_good else 'TOO MUCH'}\n"
    )
    return is_good


def fill(url: str, n_people: int) -> None:
    database = Database(url)
    metadata.create_all(database.engine)
    with database.writing() as session, transaction(session):
        prepare(session, n_people)


def run_apart(step: str, url: str, n_people: int) -> bool:
    command = [sys.executable, "-m", "benchmarks.launch", "--step", step, "--url", url, "--people", str(n_people)]
    return subprocess.run(command, check=False, cwd=PROJECT_DIR).returncode == 0  # noqa: S603 - our own script


def on_postgresql(server: str, n_people: int) -> bool:
    name = f"launch_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    try:
        return run_apart("fill", url, n_people) and run_apart("measure", url, n_people)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))


def on_sqlite(n_people: int) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/survey.db"
        return run_apart("fill", url, n_people) and run_apart("measure", url, n_people)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=N_PEOPLE, help="how many people are invited")
    parser.add_argument("--step", choices=["fill", "measure"], help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.step == "fill":
        fill(chosen.url, chosen.people)
        return 0
    if chosen.step == "measure":
        return 0 if measure(chosen.url, chosen.people) else 1
    results = [on_sqlite(chosen.people)]
    if server := os.environ.get("SURVEY_TEST_POSTGRES_URL"):
        results.append(on_postgresql(server, chosen.people))
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
