"""Score a wave, at any size of the database, and show the portfolio of 300 clients: time, with the ratios last.

Run from the project's folder (two or three minutes and 2 GB of disk):
    .venv/bin/python -m benchmarks.scoring
    .venv/bin/python -m benchmarks.scoring --responses 100000
PostgreSQL is measured where SURVEY_TEST_POSTGRES_URL names a server: there a wave is timed by the clock, since the
server's work is no CPU of this process.
"""

import argparse
import os
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import TypeAlias

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from benchmarks.scoring_world import (
    N_QUESTIONS,
    PER_WAVE,
    add_responses,
    count_responses,
    prepare_portfolio,
    prepare_survey,
    sum_by_respondent,
)
from survey_app.application import create_app
from survey_app.campaigns.models import Wave
from survey_app.catalogue.content import load_catalogue
from survey_app.db import Database, transaction
from survey_app.migrating import metadata
from survey_app.scores.rules import Asked, Line, RespondentMarks, score_lines
from survey_app.scores.service import compute_scores
from survey_app.settings import Settings

N_INDICATORS, N_RESPONDENTS, N_CLIENTS = 20, 60, 300
MOST_LINE_MS, MOST_RATIO, MOST_GROWTH, MOST_PAGE_MS = 100.0, 3.0, 1.5, 300.0
FIRST = 10_000
Clock: TypeAlias = Callable[[], float]
RUNS = 9


def cpu_ms(act: Callable[[], object], runs: int = RUNS, clock: Clock = time.process_time) -> float:
    """Return the median CPU of this process over some runs, or another clock's time, the first run left out."""
    act()
    spent = []
    for _ in range(runs):
        started = clock()
        act()
        spent.append((clock() - started) * 1000)
    return median(spent)


def measure_lines() -> float:
    """Score 20 indicators of three questions for 60 people of 75, with their intervals."""
    generator = random.Random(1)
    lines = [Line(f"line_{n}", "services", "agency", "survey", Decimal(7), Decimal(1)) for n in range(N_INDICATORS)]
    marks = {line.indicator_key: _marks(generator) for line in lines}
    n_questions = dict.fromkeys(marks, 3)
    asked = Asked(N_RESPONDENTS + 15)
    return cpu_ms(lambda: score_lines(lines, marks, n_questions, asked, {}))


def _marks(generator: random.Random) -> list[RespondentMarks]:
    sums = [sum(min(10, max(0, round(generator.gauss(8, 1.5)))) for _ in range(3)) for _ in range(N_RESPONDENTS)]
    return [RespondentMarks(Fraction(total), 3, 0, n) for total, n in Counter(sums).items()]


def measure_wave(session: Session, clock: Clock) -> tuple[float, float]:
    """Return what scoring one wave of 2,000 responses takes, and the bare SQL aggregate, turn by turn."""
    wave = session.get_one(Wave, 1)
    catalogue = load_catalogue()
    scoring, bare = [], []
    for _ in range(RUNS):
        scoring.append(cpu_ms(lambda: compute_scores(session, wave, catalogue, {}), 1, clock))
        bare.append(cpu_ms(lambda: sum_by_respondent(session, wave.id), 1, clock))
    return median(scoring), median(bare)


def measure_sizes(url: str, n_responses: int, clock: Clock) -> list[tuple[int, float, float]]:
    """Measure the same wave among 10,000 and among all stored responses."""
    database = Database(url)
    metadata.create_all(database.engine)
    with database.writing() as session, transaction(session):
        prepare_survey(session, n_responses)
    found = []
    for size in dict.fromkeys((min(FIRST, n_responses), n_responses)):
        add_responses(database, size)
        with database.reading() as session:
            found.append((count_responses(session), *measure_wave(session, clock)))
    database.engine.dispose()
    return found


def measure_portfolio(url: str, folder: Path) -> float:
    """Return the CPU of the portfolio page for somebody who sees 300 clients."""
    settings = Settings(
        environment="test",
        data_dir=folder,
        database_url=url,
        public_base_url="http://localhost",
        secret_key="benchmark-secret-key-of-more-than-32-characters",
        token_key="benchmark-token-key-of-more-than-32-characters",
        signing_key="dGVzdC1zaWduaW5nLWtleS1vZi0zMi1ieXRlcy0hISE=",
    )
    app = create_app(settings)
    database: Database = app.extensions["survey_database"]
    metadata.create_all(database.engine)
    browser = prepare_portfolio(app, N_CLIENTS)

    def open_page() -> None:
        page = browser.get("/portfolio")
        assert page.status_code == 200, page.status
        assert f"Client {N_CLIENTS - 1:03}" in page.text

    spent = cpu_ms(open_page)
    database.engine.dispose()
    return spent


def on_postgres(server: str, act: Callable[[str], object]) -> None:
    name = f"scoring_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        act(make_url(server).set(database=name).render_as_string(hide_password=False))
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        engine.dispose()


def report(name: str, sizes: list[tuple[int, float, float]], page: float, lines: float) -> bool:
    """Print what was measured, the ratios last, and tell whether all of it holds."""
    print(f"{name}: one wave of {PER_WAVE:,} responses x {N_QUESTIONS} answers")
    for stored, scoring, bare in sizes:
        print(f"  {stored:>9,} stored: scored {scoring:6.1f} ms, bare SQL aggregate {bare:6.1f} ms")
    ratio = max(scoring / bare for _, scoring, bare in sizes)
    growth = sizes[-1][1] / sizes[0][1]
    print(f"  {N_INDICATORS} indicators x {N_RESPONDENTS} respondents: {lines:.1f} ms of CPU, of {MOST_LINE_MS:.0f}")
    print(f"  portfolio of {N_CLIENTS} clients: {page:.0f} ms of CPU, of {MOST_PAGE_MS:.0f}")
    print(f"  ratio to the bare SQL aggregate: {ratio:.2f} of at most {MOST_RATIO:.0f}")
    print(f"  ratio of the largest database to the smallest: {growth:.2f} of at most {MOST_GROWTH}")
    return lines <= MOST_LINE_MS and page <= MOST_PAGE_MS and ratio <= MOST_RATIO and growth <= MOST_GROWTH


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--responses", type=int, default=1_000_000, help="how many responses to store")
    n_responses = parser.parse_args().responses
    lines, held = measure_lines(), []
    with tempfile.TemporaryDirectory() as folder:
        sizes = measure_sizes(f"sqlite:///{folder}/answers.db", n_responses, time.process_time)
        page = measure_portfolio(f"sqlite:///{folder}/portfolio.db", Path(folder))
        held.append(report("SQLite, CPU", sizes, page, lines))

        def measure_postgres(url: str) -> None:
            sizes = measure_sizes(url, n_responses, time.perf_counter)
            with_portfolio = measure_portfolio(url, Path(folder))
            held.append(report("PostgreSQL, elapsed", sizes, with_portfolio, lines))

        if server := os.environ.get("SURVEY_TEST_POSTGRES_URL"):
            on_postgres(server, measure_postgres)
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
