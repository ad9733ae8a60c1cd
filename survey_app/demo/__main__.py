"""`python -m survey_app.demo`: play the half-year, say what came of it, and leave the application running."""

import argparse
import json
import logging
import os
import secrets
import sys
import threading
from pathlib import Path

import click
import structlog
from flask import Flask

from survey_app.application import create_app
from survey_app.clock import SettableClock, SystemClock, local_day
from survey_app.demo.cast import CAST
from survey_app.demo.play import Stage, play_half_year
from survey_app.demo.serving import bind, capture_server, choose_port, served
from survey_app.demo.summary import export_sheets, summarise
from survey_app.migrating import upgrade_database
from survey_app.settings import Settings, SettingsError, load_settings
from survey_app.worker import run_once

DEFAULT_PORT = 8000
WORKER_PAUSE_SECONDS = 3


class DemoError(Exception):
    """The demo cannot be played here; the message says what to do."""


class PlayRecord:
    """The file `demo.json` of a data folder: without it nothing there is ours to replace."""

    def __init__(self, data_dir: Path) -> None:
        self._dir = data_dir
        self._path = data_dir / "demo.json"
        self._content = json.loads(self._path.read_text(encoding="utf-8")) if self._path.exists() else {}

    @property
    def is_complete(self) -> bool:
        return bool(self._content.get("is_complete"))

    @property
    def password(self) -> str:
        return str(self._content["password"])

    def begin(self) -> None:
        """Start from an empty folder; what an interrupted play left behind is cleared away."""
        if self._content:
            self._clear()
        elif any(self._dir.glob("survey.db*")):
            raise DemoError(
                f"{self._dir} holds a database that the demo did not make. Choose another folder: --data-dir DIR"
            )
        self._dir.mkdir(parents=True, exist_ok=True)
        self._write({"is_complete": False, "password": secrets.token_urlsafe(12)})

    def finish(self) -> None:
        self._write({**self._content, "is_complete": True})

    def _clear(self) -> None:
        for path in self._dir.glob("survey.db*"):
            path.unlink()
        for name in ("mail", "sheets"):
            for path in (self._dir / name).glob("*.*"):
                path.unlink()

    def _write(self, content: dict[str, object]) -> None:
        self._content = content
        self._path.write_text(json.dumps(content, indent=1), encoding="utf-8")
        self._path.chmod(0o600)


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 tasks.py demo",
        description="Play a half-year of one agency with real mails, forms and closings, then leave it running.",
        epilog="Example: python3 tasks.py demo --once --data-dir /tmp/demo",
    )
    parser.add_argument("--once", action="store_true", help="play, print the summary and stop")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port of the application (default: 8000)")
    default_dir = Path(os.environ.get("SURVEY_DATA_DIR", "var"))
    parser.add_argument("--data-dir", type=Path, default=default_dir, help="folder of what it makes (default: var)")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    options = read_arguments(arguments)
    try:
        return run(options.data_dir.resolve(), options.port, is_once=options.once)
    except (SettingsError, DemoError) as problem:
        click.echo(str(problem), err=True)
        return 2


def run(data_dir: Path, port: int, *, is_once: bool) -> int:
    """Play what has not been played yet, print the summary, then serve until interrupted."""
    record = PlayRecord(data_dir)
    clock = SettableClock(SystemClock().now())
    with capture_server(data_dir / "mail") as mail_port:
        web_port = choose_port(port)
        app = create_app(demo_settings(data_dir, mail_port, web_port), clock)
        # The story is told line by line; what the worker logs of each mail would drown it.
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
        with served(bind(app, web_port)) as address, app.app_context():
            if not record.is_complete:
                play(app, clock, record, data_dir)
            click.echo(summarise(data_dir))
            if not is_once:
                app.extensions["survey_clock"] = SystemClock()
                keep_running(app, address, record.password, data_dir)
    return 0


def demo_settings(data_dir: Path, mail_port: int, web_port: int) -> Settings:
    return load_settings(
        environment="development",
        data_dir=data_dir,
        public_base_url=f"http://127.0.0.1:{web_port}",
        mail_server="127.0.0.1",
        mail_port=mail_port,
        mail_security="none",
        mail_sender="enquete@agence-horizon.example",
        mail_domain_per_minute=100_000,
    )


def play(app: Flask, clock: SettableClock, record: PlayRecord, data_dir: Path) -> None:
    record.begin()
    upgrade_database(app.extensions["survey_database"].engine)
    play_half_year(
        Stage(app, clock, data_dir / "mail"),
        record.password,
        local_day(SystemClock().now(), app.extensions["survey_settings"].time_zone),
        click.echo,
    )
    export_sheets(data_dir / "sheets")
    record.finish()


def keep_running(app: Flask, address: str, password: str, data_dir: Path) -> None:
    """Serve, and let the worker send and close what the visitor sets in motion, until Ctrl-C."""
    click.echo(
        f"""
The application is running:  {address}
Sign in as:                  {CAST.lead.email} (or {CAST.second.email})
Password:                    {password}
Mailbox of captured mails:   {address}/dev/mailbox/
Folder of produced files:    {data_dir}
Press Ctrl-C to stop."""
    )
    pause = threading.Event()
    try:
        while not pause.wait(WORKER_PAUSE_SECONDS):
            run_once(app)
    except KeyboardInterrupt:
        click.echo("Stopped. The next demo starts from here.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
