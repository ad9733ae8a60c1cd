"""The second factor: asked of leads and administrators, set up in a minute, hard to take away."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.accounts.models import RecoveryCode, User
from survey_app.application import create_app
from survey_app.clock import SettableClock
from survey_app.db import Database
from survey_app.settings import Settings
from tests.cast import Cast, browser_of, look, post

PAGE = "/profile/second-factor"


@pytest.fixture
def strict_app(settings: Settings, clock: SettableClock, cast: Cast) -> Iterator[Flask]:
    """Give the application as production runs it: leads and administrators need a second factor."""
    application = create_app(settings.model_copy(update={"require_second_factor": True}), clock)
    yield application
    application.extensions["survey_database"].engine.dispose()


@pytest.fixture
def lead(app: Flask, cast: Cast) -> FlaskClient:
    return browser_of(app, cast.users["lead"])


def begin(browser: FlaskClient) -> pyotp.TOTP:
    """Ask for a secret and read it from the page, as a person without a camera does."""
    assert post(browser, PAGE, {"step": "begin"}).status_code == 302
    found = re.search(r"<code>([A-Z2-7 ]{39})</code>", browser.get(PAGE).text)
    assert found is not None
    return pyotp.TOTP(found[1].replace(" ", ""))


def confirm(browser: FlaskClient, clock: SettableClock) -> tuple[pyotp.TOTP, list[str]]:
    totp = begin(browser)
    page = post(browser, PAGE, {"step": "confirm", "code": totp.at(clock.now())})
    clock.advance(timedelta(minutes=1))
    return totp, re.findall(r"<code>([0-9a-f]{5}-[0-9a-f]{5})</code>", page.text)


@pytest.mark.parametrize("name", ["administrator", "lead"])
def test_those_who_decide_set_it_up_before_anything_else(strict_app: Flask, cast: Cast, name: str) -> None:
    browser = browser_of(strict_app, cast.users[name])
    assert browser.get("/").location == PAGE
    assert browser.get("/clients/valrose").location == PAGE
    assert browser.get(PAGE).status_code == 200
    assert post(browser, "/sign-out").status_code == 302


@pytest.mark.parametrize("name", ["account_manager", "finance"])
def test_the_others_may_do_without(strict_app: Flask, cast: Cast, name: str) -> None:
    assert browser_of(strict_app, cast.users[name]).get("/").status_code == 200


def test_once_confirmed_the_door_opens(strict_app: Flask, cast: Cast, clock: SettableClock) -> None:
    browser = browser_of(strict_app, cast.users["lead"])
    confirm(browser, clock)
    assert browser.get("/").status_code == 200


def test_a_wrong_first_code_turns_nothing_on(lead: FlaskClient, database: Database, cast: Cast) -> None:
    begin(lead)
    assert post(lead, PAGE, {"step": "confirm", "code": "000000"}).status_code == 400
    assert look(database, select(User.totp_confirmed_at).where(User.id == cast.users["lead"])) == [None]


def test_secret_and_codes_are_not_stored_as_they_are(
    lead: FlaskClient, clock: SettableClock, database: Database, cast: Cast
) -> None:
    totp, codes = confirm(lead, clock)
    [sealed] = look(database, select(User.sealed_totp_secret).where(User.id == cast.users["lead"]))
    assert totp.secret not in str(sealed)
    stored = look(database, select(RecoveryCode.code_hash))
    assert len(codes) == len(set(codes)) == len(stored) == 10
    assert not any(code.replace("-", "") in text for code in codes for text in stored)


def test_the_secret_is_shown_only_until_its_first_code(lead: FlaskClient, clock: SettableClock) -> None:
    totp, codes = confirm(lead, clock)
    page = lead.get(PAGE).text
    assert totp.secret[:4] not in page
    assert codes[0] not in page


@pytest.mark.parametrize("step", ["renew", "remove"])
def test_weakening_it_asks_for_a_code(lead: FlaskClient, clock: SettableClock, step: str) -> None:
    totp, _codes = confirm(lead, clock)
    assert post(lead, PAGE, {"step": step, "code": "000000"}).status_code == 400
    assert post(lead, PAGE, {"step": step, "code": totp.at(clock.now())}).status_code in {200, 302}


def test_it_is_not_begun_again_over_one_that_is_on(lead: FlaskClient, clock: SettableClock) -> None:
    confirm(lead, clock)
    assert post(lead, PAGE, {"step": "begin"}).status_code == 409


def test_new_recovery_codes_end_the_old_ones(lead: FlaskClient, clock: SettableClock) -> None:
    totp, codes = confirm(lead, clock)
    post(lead, PAGE, {"step": "renew", "code": totp.at(clock.now())})
    assert post(lead, PAGE, {"step": "remove", "code": codes[0]}).status_code == 400


def test_an_administrator_helps_who_lost_the_telephone(
    lead: FlaskClient, app: Flask, cast: Cast, clock: SettableClock, database: Database
) -> None:
    confirm(lead, clock)
    administrator = browser_of(app, cast.users["administrator"])
    place = f"/staff/{cast.users['lead']}/second-factor/remove"
    assert post(administrator, place).status_code == 302
    assert look(database, select(RecoveryCode.id)) == []


def test_an_unknown_button_is_told(lead: FlaskClient) -> None:
    assert post(lead, PAGE, {"step": "explode"}).status_code == 400


def test_production_asks_for_it_without_being_told() -> None:
    asked = {
        environment: Settings.model_construct(environment=environment).must_require_second_factor
        for environment in ("production", "development", "test")
    }
    assert asked == {"production": True, "development": False, "test": False}
