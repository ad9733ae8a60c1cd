"""A real browser on the real application: it listens on the loopback, in a thread of the tests."""

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.conftest import skip_or_fail
from tests.responses.cast import OpenWave, open_wave

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
OpenPage = Callable[..., Page]
# Two cores run other tests at the same time: a page that takes six seconds then is no defect.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        skip_or_fail("Chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


class Attended:
    """The application, and how many requests hold a connection to the database still."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application
        self._change = threading.Condition()
        self._n_under_way = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self._add(1)
        try:
            return self._application(environ, start_response)
        finally:
            self._add(-1)

    def _add(self, n: int) -> None:
        with self._change:
            self._n_under_way += n
            self._change.notify_all()

    def wait(self) -> None:
        with self._change:
            assert self._change.wait_for(lambda: not self._n_under_way, timeout=10), "a request never ended"


@contextlib.contextmanager
def serving(app: Flask) -> Iterator[int]:
    """Listen on the loopback, and give the port."""
    attended = Attended(app)
    server = make_server("127.0.0.1", 0, attended, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.port
    server.shutdown()
    thread.join()
    server.server_close()
    # A page that was left asks for its last file still: its connection goes back before the database is closed.
    attended.wait()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serving(app) as port:
        yield f"http://localhost:{port}"


@pytest.fixture
def wave(session: Session) -> OpenWave:
    return open_wave(session, accent_colour="#0f5c4a")


@pytest.fixture
def open_page(chromium: Browser) -> Iterator[OpenPage]:
    """Open a page of a given width; whatever it logs as an error fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(url: str, width: int = 360, **options: Any) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 740}, ignore_https_errors=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: _note(complaints, message.type, message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(url)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not complaints


def follow(control: Locator) -> None:
    """Click what leads to another page, and wait for that page: a click alone may return on the page it leaves."""
    with control.page.expect_navigation():
        control.click()


def _note(complaints: list[str], kind: str, text: str) -> None:
    # A refused form is answered with its own page and status, which the browser reports as a failed load.
    if kind == "error" and "Failed to load resource" not in text:
        complaints.append(text)


@pytest.fixture
def violations() -> Callable[[Page], list[str]]:
    """List what axe-core finds wrong on a page, by rule and place."""

    def check(page: Page) -> list[str]:
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]

    return check
