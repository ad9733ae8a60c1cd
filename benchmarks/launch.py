"""Launch a wave to 50,000 people on each engine: under 60 s and under 300 MB, and every count of them under a second.

Run from the project's folder:
    .venv/bin/python -m benchmarks.launch
PostgreSQL is measured where SURVEY_TEST_POSTGRES_URL names a server; there nothing refreshes what the planner knows,
as right after a bulk of rows, and the counts are taken once more when it knows.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
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
from survey_app.application import create_app
from survey_app.campaigns.cockpit import Choice, list_invitees, read_curve, read_panel
from survey_app.campaigns.invitations import launch_wave
from survey_app.campaigns.models import Campaign, CampaignKind, Invitation, PrivacyMode, Wave
from survey_app.campaigns.population import read_population, read_turnout
from survey_app.campaigns.service import create_campaign, plan_wave
from survey_app.clients.models import Agency, Client, Contact
from survey_app.clock import SettableClock
from survey_app.db import Database, transaction
from survey_app.migrating import metadata
from survey_app.outbox.models import OutgoingEmail
from survey_app.questionnaires import load_library
from survey_app.score_sheets.queries import read_population as sheet_population
from survey_app.settings import PROJECT_DIR, Settings

N_PEOPLE = 50_000
MOST_SECONDS, MOST_MEGABYTES, MOST_SECONDS_TO_COUNT = 60.0, 300.0, 1.0
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = "benchmark-token-key-of-more-than-32-characters"
BASE_URL = "https://x.test"
# The wave that the planner knows of is this small.
N_BEFORE = 3


def prepare(session: Session) -> Campaign:
    """Write an agency, its client with a few contacts, a validated agreement, and a small wave that was launched."""
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
    add_people(session, client, 0, N_BEFORE)
    questionnaire = load_library(PROJECT_DIR / "questionnaires").get("annual_review")
    campaign = create_campaign(
        session, client, agreement, "Review", CampaignKind.BAROMETER, questionnaire, PrivacyMode.NAMED, "me", NOW
    )
    first = plan_wave(session, campaign, "First", date(2026, 3, 2), date(2026, 3, 20), NOW)
    launch_wave(session, first, questionnaire, KEY.encode(), BASE_URL, "me", NOW)
    return campaign


def add_people(session: Session, client: Client, first: int, last: int) -> None:
    people = [
        {"client_id": client.id, "name": f"Person {n}", "email": f"person{n}@client{n % 40}.test", "created_at": NOW}
        for n in range(first, last)
    ]
    session.execute(insert(Contact), people)


def launch(url: str, wave_id: int, n_people: int) -> tuple[float, int]:
    """Launch the wave as the command does, to its last line; return the seconds and how many statements it sent."""
    statements: list[int] = []
    settings = Settings(environment="test", database_url=url, secret_key=KEY, token_key=KEY, public_base_url=BASE_URL)
    app = create_app(settings, SettableClock(NOW))
    event.listen(app.extensions["survey_database"].engine, "before_cursor_execute", lambda *_: statements.append(1))
    started = time.perf_counter()
    done = app.test_cli_runner().invoke(args=["waves", "launch", str(wave_id)])
    if f"{n_people} people invited" not in done.output:
        raise SystemExit(done.output)
    return time.perf_counter() - started, len(statements)


def count_people(database: Database, wave_id: int) -> dict[str, float]:
    """Return how long each reader of the people asked takes."""
    everybody = Choice("all", "person4")
    seconds = {}
    with database.reading() as session:
        wave = session.get_one(Wave, wave_id)
        population = read_population(session, wave)
        readers: dict[str, Callable[[], object]] = {
            "standings": lambda: read_population(session, wave),
            "turnout": lambda: read_turnout(session, wave),
            "page": lambda: list_invitees(session, wave, population, everybody, NOW),
            "sheet": lambda: sheet_population(session, wave),
            "panel": lambda: read_panel(session, wave),
            "curve": lambda: read_curve(session, wave, NOW),
        }
        for name, read in readers.items():
            started = time.perf_counter()
            read()
            seconds[name] = time.perf_counter() - started
    return seconds


def tell_counts(database: Database, wave_id: int, knowledge: str) -> bool:
    seconds = count_people(database, wave_id)
    is_good = all(each < MOST_SECONDS_TO_COUNT for each in seconds.values())
    told = ", ".join(f"{name} {each:.2f} s" for name, each in seconds.items())
    sys.stdout.write(f"            counted {knowledge}: {told}  {'ok' if is_good else 'TOO MUCH'}\n")
    return is_good


def measure(url: str, n_people: int) -> bool:
    """Measure one engine in this process; the people are prepared in another one, for honest memory."""
    database = Database(url)
    with database.reading() as session:
        wave_id = session.scalars(select(func.max(Wave.id))).one()
    seconds, n_statements = launch(url, wave_id, n_people)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with database.reading() as session:
        n_rows = [session.scalar(select(func.count()).select_from(each)) for each in (Invitation, OutgoingEmail)]
    is_good = seconds < MOST_SECONDS and megabytes < MOST_MEGABYTES and n_rows == [n_people + N_BEFORE] * 2
    sys.stdout.write(
        f"{database.engine.dialect.name:<11} {n_people} invitations: {seconds:.1f} s, {megabytes:.0f} MB at most,"
        f" {n_statements} statements  {'ok' if is_good else 'TOO MUCH'}\n"
    )
    is_good &= tell_counts(database, wave_id, "unprepared")
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    return tell_counts(database, wave_id, "analysed") and is_good


def fill(url: str, n_people: int) -> None:
    """Let the planner know of a small wave, then bring everybody in behind its back."""
    database = Database(url)
    metadata.create_all(database.engine)
    with database.writing() as session, transaction(session):
        campaign_id, client_id = (campaign := prepare(session)).id, campaign.client_id
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
        if connection.dialect.name == "postgresql":
            for table in ("contact", "invitation", "outgoing_email"):
                connection.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = off)"))
    with database.writing() as session, transaction(session):
        add_people(session, session.get_one(Client, client_id), N_BEFORE, n_people)
        plan_wave(session, session.get_one(Campaign, campaign_id), "Wave", date(2026, 3, 2), date(2026, 3, 20), NOW)


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
