"""Thanked means kept: the server is killed as soon as it has said thank you."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.db import Database, transaction
from survey_app.responses.models import Answer, Response
from survey_app.settings import PROJECT_DIR, Settings
from tests.responses.cast import OpenWave, marks

PATIENCE = 30


def free_port() -> int:
    with socket.socket() as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


def serve(settings: Settings, port: int) -> "subprocess.Popen[bytes]":
    environment = {
        **os.environ,
        "SURVEY_ENVIRONMENT": "test",
        "SURVEY_DATA_DIR": str(settings.data_dir),
        "SURVEY_DATABASE_URL": settings.database_url,
        "SURVEY_PUBLIC_BASE_URL": f"http://localhost:{port}",
        **{
            f"SURVEY_{name.upper()}": getattr(settings, name).get_secret_value()
            for name in ("secret_key", "token_key", "signing_key")
        },
    }
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--bind",
        f"127.0.0.1:{port}",
        "--threads",
        "4",
        "--worker-class",
        "gthread",
        "wsgi:app",
    ]
    return subprocess.Popen(
        command,
        cwd=PROJECT_DIR,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def fetch(url: str, data: bytes | None = None) -> str:
    """Get a page from a server that may still be starting."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(url, data, timeout=PATIENCE) as page:
                return str(page.read().decode())
        except urllib.error.HTTPError:
            raise
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def test_a_response_that_was_thanked_for_survives_the_death_of_the_server(
    settings: Settings, wave: OpenWave, session: Session, database: Database
) -> None:
    with transaction(session):
        session.get_one(Wave, wave.wave_id).ends_at = datetime.now(UTC) + timedelta(days=1)
    port = free_port()
    server = serve(settings, port)
    try:
        link = f"http://localhost:{port}{wave.link()}"
        assert "Step 1" in fetch(link)
        answers = {"go": "submit", "screen": "review", **marks(wave.questionnaire)}
        page = fetch(link, urlencode(answers).encode())
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    with database.reading() as reading:
        response = reading.scalars(select(Response)).one()
        assert response.receipt_code in page
        assert len(reading.scalars(select(Answer)).all()) == 27
