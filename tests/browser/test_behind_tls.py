"""The staff's and the public pages once more, as people reach them: through the shipped proxy, over TLS."""

import contextlib
import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.request import urlopen

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect

from survey_app.clock import SettableClock
from survey_app.db import Database
from survey_app.settings import Settings
from tests.accounts.test_password_reset import compose
from tests.architecture.source import ROOT
from tests.browser import test_agreement, test_answering, test_plan_signing
from tests.browser.conftest import OpenPage, follow, serving
from tests.browser.proxy import free_port, masked, nginx, wait_for
from tests.cast import PASSWORD, assemble_cast, email_of
from tests.responses.cast import OpenWave

pytestmark = pytest.mark.browser
NEW = "une autre phrase, bien plus longue"

# The journeys of the plain site, held again behind the proxy: `address` and `settings` below are this module's.
lead_state, proposed = test_agreement.lead_state, test_plan_signing.proposed
test_both_sides_validate = test_agreement.test_both_sides_validate_in_one_sitting
test_the_client_co_signs = test_plan_signing.test_the_client_co_signs_on_a_phone
test_a_form_is_answered = test_answering.test_a_form_is_answered_by_touch_from_the_first_screen_to_the_receipt


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def settings(settings: Settings, port: int) -> Settings:
    return settings.model_copy(update={"public_base_url": f"https://localhost:{port}", "proxy_hops": 1})


@pytest.fixture
def access_log(app: Flask, port: int, tmp_path: Path) -> Iterator[Path]:
    with serving(app) as upstream, nginx(tmp_path / "proxy", port, upstream) as log:
        yield log


@pytest.fixture
def address(access_log: Path, port: int) -> str:
    return f"https://localhost:{port}"


def sign_in(page: Page, address: str, password: str) -> None:
    page.goto(f"{address}/sign-in")
    page.locator("input[name=email]").fill(email_of("lead"))
    page.locator("input[name=password]").fill(password)
    follow(page.locator("main .button--primary"))


def set_up_second_factor(page: Page, address: str, clock: SettableClock) -> pyotp.TOTP:
    page.goto(f"{address}/profile/second-factor")
    follow(page.locator("main button[value=begin]"))
    totp = pyotp.TOTP(page.locator("main code").inner_text().replace(" ", ""))
    page.locator("input[name=code]").fill(totp.at(clock.now()))
    follow(page.locator("main button[value=confirm]"))
    clock.advance(timedelta(minutes=1))
    return totp


def sign_out(page: Page, address: str) -> None:
    page.goto(f"{address}/profile")
    follow(page.locator("form[action='/sign-out'] button").first)
    expect(page.locator("input[name=password]")).to_be_visible()


def test_one_signs_in_with_a_code_signs_out_and_sets_a_forgotten_password(
    app: Flask,
    address: str,
    open_page: OpenPage,
    settings: Settings,
    database: Database,
    clock: SettableClock,
    access_log: Path,
) -> None:
    with database.writing() as session:
        assemble_cast(session, clock)
    page = open_page("about:blank", width=1280)
    sign_in(page, address, PASSWORD)
    totp = set_up_second_factor(page, address, clock)
    sign_out(page, address)

    page.goto(f"{address}/password/forgotten")
    page.locator("input[name=email]").fill(email_of("lead"))
    follow(page.locator("main .button--primary"))
    mail = compose(app, database, settings, clock)
    link = re.search(r"https://\S+", getattr(mail, "text", ""))
    assert link is not None, mail
    page.goto(link[0])
    page.locator("input[name=password]").fill(NEW)
    page.locator("input[name=repeated]").fill(NEW)
    follow(page.locator("main .button--primary"))

    sign_in(page, address, NEW)
    page.locator("input[name=code]").fill(totp.at(clock.now()))
    follow(page.locator("main .button--primary"))
    page.goto(f"{address}/profile")
    expect(page.locator("form[action='/sign-out'] button").first).to_be_visible()
    [cookie] = [one for one in page.context.cookies() if one["name"] == "session"]
    assert (cookie["secure"], cookie["httpOnly"]) == (True, True)
    assert "/password/***" in access_log.read_text(encoding="utf-8")


def test_a_file_is_verified_and_a_receipt_is_looked_up(
    address: str, wave: OpenWave, open_page: OpenPage, tmp_path: Path
) -> None:
    page = open_page(f"{address}/s/verify", width=1280)
    foreign = tmp_path / "another.json"
    foreign.write_text("{}", encoding="utf-8")
    page.locator("input[type=file]").set_input_files(foreign)
    with page.expect_navigation():
        page.locator("main form button").first.click()
    expect(page.locator("main [role=status]")).to_contain_text("Not ours")
    page.goto(f"{address}/s/receipt?code=AAAA-BBBB-CCCC")
    expect(page.locator("main [role=alert]")).to_contain_text("No answers bear this code")


def test_no_personal_link_stands_in_the_log_however_it_is_written(
    address: str, wave: OpenWave, access_log: Path, port: int
) -> None:
    link = wave.link()
    context = ssl.create_default_context(cafile=access_log.with_name("fullchain.pem"))
    for written in (link, link.replace("/r/", "//r//"), link.replace("/r/", "/%72/"), "/sign-in?next=" + link):
        with contextlib.suppress(OSError), urlopen(f"https://localhost:{port}{written}", context=context) as page:
            page.read()
    lines = access_log.read_text(encoding="utf-8").splitlines()
    assert len(lines) >= 4
    assert all(masked(line) for line in lines), lines


def test_another_site_cannot_make_the_browser_of_the_staff_send_a_form(app: Flask, browserless: FlaskClient) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert browserless.post("/sign-in", data={"email": "a@b.test"}, headers=headers).status_code in {400, 409}


# --- the documented way to run ---


@pytest.fixture
def documented(settings: Settings, wave: OpenWave, port: int, tmp_path: Path) -> Iterator[str]:
    """Run gunicorn and nginx by the shipped files, and give the address of a form."""
    upstream = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("SURVEY_")},
        "SURVEY_ENVIRONMENT": "development",
        "SURVEY_DATABASE_URL": settings.database_url,
        "SURVEY_DATA_DIR": str(settings.data_dir),
        "SURVEY_SECRET_KEY": settings.secret_key.get_secret_value(),
        "SURVEY_TOKEN_KEY": settings.token_key.get_secret_value(),
        "SURVEY_SIGNING_KEY": settings.signing_key.get_secret_value(),
        "SURVEY_PUBLIC_BASE_URL": settings.public_base_url,
        "SURVEY_PROXY_HOPS": "1",
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"]
    process = subprocess.Popen([*command, "--bind", f"127.0.0.1:{upstream}", "wsgi:app"], cwd=ROOT, env=environment)
    try:
        wait_for(upstream, process)
        with nginx(tmp_path / "proxy", port, upstream):
            yield f"https://localhost:{port}{wave.link()}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def test_a_form_opens_in_a_second_beside_two_hundred_half_sent_requests(
    documented: str, port: int, tmp_path: Path
) -> None:
    context = ssl.create_default_context(cafile=tmp_path / "proxy" / "fullchain.pem")

    def open_form() -> float:
        before = time.monotonic()
        with urlopen(documented, context=context, timeout=20) as page:
            assert page.status == 200
            assert page.headers["Strict-Transport-Security"]
        return time.monotonic() - before

    open_form()  # the first one loads what later ones share
    with contextlib.ExitStack() as half_open:
        for _ in range(200):
            plain = half_open.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
            one = half_open.enter_context(context.wrap_socket(plain, server_hostname="localhost"))
            one.sendall(b"POST /r/unknown HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n")
        assert min(open_form() for _ in range(3)) < 1
