"""Measure what one completed response costs, against the least that a Flask application could do.

A response is a GET of the form and a POST of 20 answers. The floor is a bare Flask application on the same
database and under the same server: one look-up of the token, one validation, one durable insert of 20 rows.
Printed: the CPU time of all server processes per response, for both, then the ratio, last.

    python benchmarks/answering.py --engine sqlite
    python benchmarks/answering.py --engine postgresql --url postgresql+psycopg://survey@127.0.0.1/postgres
"""

import argparse
import http.client
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.floor import create_floor_tables, insert_tokens  # noqa: E402 - found beside this file
from survey_app.campaigns.models import Wave  # noqa: E402
from survey_app.db import Database, transaction  # noqa: E402
from survey_app.migrating import metadata  # noqa: E402
from survey_app.questionnaires import Questionnaire  # noqa: E402
from tests.responses.cast import OpenWave, open_wave, shipped  # noqa: E402

N_QUESTIONS = 20
TICKS = os.sysconf("SC_CLK_TCK")
TARGETS = {"floor": "benchmarks.floor:create_floor()", "product": "wsgi:app"}


def twenty_questions() -> Questionnaire:
    """Return a questionnaire of one theme and twenty questions, in the words of the shipped one."""
    whole = shipped()
    rated = [question for question in whole.questions if question.kind == "rating"][:N_QUESTIONS]
    section = whole.sections[0].model_copy(update={"questions": tuple(rated)})
    return Questionnaire.from_canonical(whole.model_copy(update={"sections": (section,)}).to_canonical())


def prepare(url: str, n: int) -> OpenWave:
    database = Database(url)
    metadata.create_all(database.engine)
    create_floor_tables(database.engine)
    with database.writing() as session:
        wave = open_wave(session, twenty_questions(), n=n)
        with transaction(session):
            session.get_one(Wave, wave.wave_id).ends_at = datetime.now(UTC) + timedelta(days=1)
    insert_tokens(database.engine, wave.tokens)
    database.engine.dispose()
    return wave


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


@contextmanager
def serving(target: str, url: str, folder: str) -> Iterator[tuple[int, int]]:
    """Serve one of the two applications with gunicorn's threads; give its port and its first process."""
    port = free_port()
    environment = {
        **os.environ,
        "SURVEY_ENVIRONMENT": "test",
        "SURVEY_DATA_DIR": folder,
        "SURVEY_DATABASE_URL": url,
        "SURVEY_PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "PYTHONPATH": str(ROOT),
        **{f"SURVEY_{name}_KEY": secrets.token_urlsafe(48) for name in ("SECRET", "TOKEN", "SIGNING")},
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--worker-class",
        "gthread",
        "--workers",
        "1",
        "--threads",
        "4",
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "critical",
        TARGETS[target],
    ]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)  # noqa: S603 - our own server
    try:
        _wait_for(port)
        yield port, server.pid
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait()


def _wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError("the server did not start")


def cpu_seconds(group: int) -> float:
    """Add up the CPU time of every process of a server: the one that listens and those that work."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def complete(connection: http.client.HTTPConnection, token: str, body: str) -> None:
    """Read the form, then send it whole; anything but a thank-you stops the measure."""
    form_headers = {"Content-Type": "application/x-www-form-urlencoded"}
    for method, content, headers in (("GET", None, {}), ("POST", body, form_headers)):
        connection.request(method, f"/r/{token}", content, headers)
        reply = connection.getresponse()
        page = reply.read()
        if reply.status != 200 or (method == "POST" and b"Thank you" not in page):
            raise RuntimeError(f"{method} was answered with {reply.status}")


def measure(target: str, url: str, folder: str, tokens: list[str], body: str) -> float:
    """Return the CPU milliseconds per response, after a first tenth that only warms up."""
    n_warm = len(tokens) // 10
    with serving(target, url, folder) as (port, group):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for token in tokens[:n_warm]:
            complete(connection, token, body)
        before = cpu_seconds(group)
        for token in tokens[n_warm:]:
            complete(connection, token, body)
        spent = cpu_seconds(group) - before
        connection.close()
    return 1000 * spent / (len(tokens) - n_warm)


@contextmanager
def empty_database(engine: str, url: str, folder: str) -> Iterator[str]:
    if engine == "sqlite":
        yield f"sqlite:///{folder}/benchmark.db"
        return
    name = f"benchmark_{secrets.token_hex(4)}"
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
        server.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--url", default=os.environ.get("SURVEY_TEST_POSTGRES_URL", ""))
    parser.add_argument("--responses", type=int, default=500, help="responses per round and application")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, empty_database(options.engine, options.url, folder) as url:
        wave = prepare(url, options.responses * options.rounds)
        body = urlencode(
            {
                "go": "submit",
                "screen": "availability",
                "lang": "en",
                "version": "0",
                **{f"q.{question.key}": "8" for question in wave.questionnaire.questions},
            }
        )
        spent: dict[str, list[float]] = {"floor": [], "product": []}
        for number in range(options.rounds):
            tokens = wave.tokens[number * options.responses : (number + 1) * options.responses]
            for target, figures in spent.items():
                figures.append(measure(target, url, folder, tokens, body))
                say(f"{options.engine} round {number + 1} {target:8} {figures[-1]:.2f} ms of CPU per response")
    ratio = statistics.median(spent["product"]) / statistics.median(spent["floor"])
    say(f"{options.engine} ratio of the medians: {ratio:.2f}")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
