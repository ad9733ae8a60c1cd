"""Signing in and out, and what ends a session."""

from datetime import timedelta
from urllib.parse import quote

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from survey_app.accounts.access import Role
from survey_app.accounts.models import AttemptCount, StaffSession, User
from survey_app.accounts.second_factor import begin_second_factor, confirm_second_factor
from survey_app.accounts.service import change_user, create_user, set_password
from survey_app.accounts.signing_in import PER_ACCOUNT, WINDOW
from survey_app.application import create_app
from survey_app.audit.queries import entries_about
from survey_app.clock import SettableClock
from survey_app.db import transaction
from survey_app.errors import Invalid, Refusal
from survey_app.settings import Settings
from tests.cast import PASSWORD, Cast, browser_of, csrf_token, email_of, post

HOME = "/profile"


def is_signed_in(browser: FlaskClient) -> bool:
    return browser.get(HOME).status_code == 200


def sign_in(browser: FlaskClient, email: str, password: str = PASSWORD, place: str = "/sign-in") -> TestResponse:
    return post(browser, place, {"email": email, "password": password})


def test_the_right_password_opens_a_session(cast: Cast, browserless: FlaskClient) -> None:
    answer = sign_in(browserless, "  LEAD@agence.test ")
    assert (answer.status_code, answer.location) == (302, "/")
    assert is_signed_in(browserless)


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (email_of("lead"), "une autre phrase assez longue"),
        ("nobody@agence.test", PASSWORD),
        ("\x00", PASSWORD),
        (email_of("lead"), "x" * 5000),
    ],
)
def test_a_wrong_pair_is_refused_alike(cast: Cast, browserless: FlaskClient, email: str, password: str) -> None:
    answer = sign_in(browserless, email, password)
    assert answer.status_code == 400
    assert not is_signed_in(browserless)


def test_a_closed_account_cannot_sign_in(cast: Cast, session: Session, browserless: FlaskClient) -> None:
    with transaction(session):
        session.get_one(User, cast.users["lead"]).active = False
    assert sign_in(browserless, email_of("lead")).status_code == 400


def test_the_page_says_how_to_open_the_first_account(browserless: FlaskClient) -> None:
    assert "accounts create-admin" in browserless.get("/sign-in").text


def test_the_hint_goes_with_the_first_account(cast: Cast, browserless: FlaskClient) -> None:
    assert "create-admin" not in browserless.get("/sign-in").text


@pytest.mark.parametrize(
    ("asked", "reached"),
    [
        ("/clients?x=1", "/clients?x=1"),
        ("//evil.test/", "/"),
        ("https://evil.test", "/"),
        ("/\\evil.test", "/"),
        ("/\t/evil.test", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_it_returns_to_our_own_pages_only(cast: Cast, browserless: FlaskClient, asked: str, reached: str) -> None:
    answer = sign_in(browserless, email_of("lead"), place="/sign-in?next=" + quote(asked, safe=""))
    assert answer.location == reached


def test_a_stranger_is_sent_to_sign_in_and_back(cast: Cast, browserless: FlaskClient) -> None:
    answer = browserless.get("/clients?x=1")
    assert answer.location == "/sign-in?next=/clients?x%3D1"


def test_a_cookie_that_was_copied_dies_with_the_sign_out(cast: Cast, app: Flask) -> None:
    browser, thief = browser_of(app, cast.users["lead"]), app.test_client()
    copied = browser.get_cookie("session")
    assert copied is not None
    thief.set_cookie("session", copied.value)
    assert is_signed_in(thief)
    assert post(browser, "/sign-out").status_code == 302
    assert not is_signed_in(thief)
    assert not is_signed_in(browser)


def test_signing_out_leaves_the_other_browser_in(cast: Cast, app: Flask) -> None:
    one, other = (browser_of(app, cast.users["lead"]) for _ in range(2))
    post(one, "/sign-out")
    assert is_signed_in(other)


def test_signing_out_everywhere_ends_every_browser(cast: Cast, app: Flask) -> None:
    one, other = (browser_of(app, cast.users["lead"]) for _ in range(2))
    post(one, "/sign-out", {"everywhere": "1"})
    assert not is_signed_in(other)


def test_a_new_password_ends_every_session(cast: Cast, app: Flask, session: Session, clock: SettableClock) -> None:
    browser = browser_of(app, cast.users["lead"])
    with transaction(session):
        set_password(session, session.get_one(User, cast.users["lead"]), "encore une phrase", "test", clock.now())
    assert not is_signed_in(browser)


def test_changing_ones_password_keeps_this_browser_alone(cast: Cast, app: Flask) -> None:
    one, other = (browser_of(app, cast.users["lead"]) for _ in range(2))
    new = "une tout autre phrase"
    fields: dict[str, object] = {"current_password": PASSWORD, "password": new, "repeated": new}
    assert post(one, "/profile/password", fields).status_code == 302
    assert is_signed_in(one)
    assert not is_signed_in(other)


def test_the_current_password_is_asked_first(cast: Cast, app: Flask) -> None:
    new = "une tout autre phrase"
    fields: dict[str, object] = {"current_password": "faux", "password": new, "repeated": new}
    assert post(browser_of(app, cast.users["lead"]), "/profile/password", fields).status_code == 400


def test_a_new_name_is_noted_and_the_address_stays(cast: Cast, app: Flask, session: Session) -> None:
    browser = browser_of(app, cast.users["lead"])
    form = {"name": "Somebody Else", "language": "fr", "email": "other@agence.test"}
    for _ in range(2):
        assert post(browser, "/profile", dict(form)).status_code == 302
    user = session.get_one(User, cast.users["lead"])
    assert (user.name, user.email) == ("Somebody Else", email_of("lead"))
    (noted,) = [one for one in entries_about(session, "user", user.id) if one.action == "user_renamed"]
    assert noted.actor == f"Lead <{email_of('lead')}>"
    assert "Somebody Else" in noted.details


@pytest.mark.parametrize("change", [{"role": Role.FINANCE}, {"active": False}, {"client_ids": ()}])
def test_a_change_of_rights_ends_every_session(
    cast: Cast, app: Flask, session: Session, clock: SettableClock, change: dict[str, object]
) -> None:
    browser = browser_of(app, cast.users["lead"])
    kept = {
        "name": "Lead",
        "role": Role.QUALITY_LEAD,
        "active": True,
        "sees_all_clients": False,
        "client_ids": (cast.client_ids["valrose"],),
    }
    user = session.get_one(User, cast.users["lead"])
    with transaction(session):
        change_user(session, user, **{**kept, "name": "New name"}, actor="test", now=clock.now())  # type: ignore[arg-type]
    assert is_signed_in(browser)
    with transaction(session):
        change_user(session, user, **{**kept, **change}, actor="test", now=clock.now())  # type: ignore[arg-type]
    assert not is_signed_in(browser)


def test_a_session_ends_by_itself(cast: Cast, app: Flask, clock: SettableClock) -> None:
    browser = browser_of(app, cast.users["lead"])
    clock.advance(timedelta(hours=12))
    assert not is_signed_in(browser)


def test_a_cookie_holds_no_way_to_another_account(cast: Cast, app: Flask, session: Session) -> None:
    browser_of(app, cast.users["administrator"])
    stored = session.scalars(select(StaffSession.token_hash)).one()
    thief = app.test_client()
    with thief.session_transaction() as cookie:
        cookie["staff_token"] = stored
    assert not is_signed_in(thief)


def test_the_eleventh_attempt_waits_even_with_the_right_password(
    cast: Cast, browserless: FlaskClient, clock: SettableClock
) -> None:
    for _ in range(PER_ACCOUNT):
        assert sign_in(browserless, "nobody@agence.test", "x" * 20).status_code == 400
    assert sign_in(browserless, "Nobody@agence.test", "x" * 20).status_code == 429
    assert sign_in(browserless, email_of("lead")).status_code == 302
    clock.advance(WINDOW)
    assert sign_in(browserless, "nobody@agence.test", "x" * 20).status_code == 400


def test_every_process_knows_of_every_attempt(cast: Cast, app: Flask, settings: Settings, clock: SettableClock) -> None:
    other = create_app(settings, clock)
    for number in range(PER_ACCOUNT):
        sign_in((app, other)[number % 2].test_client(), email_of("lead"), "x" * 20)
    answers = [sign_in(each.test_client(), email_of("lead")).status_code for each in (app, other)]
    other.extensions["survey_database"].engine.dispose()
    assert answers == [429, 429]


def test_attempts_are_counted_without_a_name(cast: Cast, browserless: FlaskClient, session: Session) -> None:
    sign_in(browserless, "nobody@agence.test", "x" * 20)
    counted = session.scalars(select(AttemptCount)).all()
    assert len(counted) == 2
    assert all(len(row.key_hash) == 64 for row in counted)


def test_a_form_without_its_token_changes_nothing(cast: Cast, browserless: FlaskClient) -> None:
    csrf_token(browserless)
    answer = browserless.post("/sign-in", data={"email": email_of("lead"), "password": PASSWORD})
    assert answer.status_code == 400
    assert not is_signed_in(browserless)


def confirmed(session: Session, cast: Cast, settings: Settings, clock: SettableClock) -> tuple[str, list[str]]:
    """Turn the lead's second factor on and return its secret and recovery codes."""
    user, key = session.get_one(User, cast.users["lead"]), settings.secret_key.get_secret_value()
    with pytest.MonkeyPatch.context() as patched, transaction(session):
        patched.setattr(pyotp, "random_base32", lambda: "JBSWY3DPEHPK3PXP" * 2)
        begin_second_factor(user, key)
        secret = "JBSWY3DPEHPK3PXP" * 2
        codes = confirm_second_factor(session, user, pyotp.TOTP(secret).at(clock.now()), key, clock.now())
    clock.advance(timedelta(minutes=1))
    return secret, codes


def test_a_code_is_asked_after_the_password(
    cast: Cast, session: Session, settings: Settings, clock: SettableClock, browserless: FlaskClient
) -> None:
    secret, _codes = confirmed(session, cast, settings, clock)
    answer = sign_in(browserless, email_of("lead"), place="/sign-in?next=/clients")
    assert answer.location == "/sign-in/code?next=/clients"
    assert not is_signed_in(browserless)
    assert post(browserless, "/sign-in/code", {"code": "000000"}).status_code == 400
    good = pyotp.TOTP(secret).at(clock.now())
    answer = post(browserless, "/sign-in/code?next=/clients", {"code": f"{good[:3]} {good[3:]}"})
    assert answer.location == "/clients"
    assert is_signed_in(browserless)


def test_a_code_works_once(cast: Cast, session: Session, settings: Settings, clock: SettableClock, app: Flask) -> None:
    secret, codes = confirmed(session, cast, settings, clock)
    for code in (pyotp.TOTP(secret).at(clock.now()), codes[0]):
        for expected in (302, 400):
            browser = app.test_client()
            sign_in(browser, email_of("lead"))
            assert post(browser, "/sign-in/code", {"code": code}).status_code == expected


def test_the_code_must_come_within_ten_minutes(
    cast: Cast, session: Session, settings: Settings, clock: SettableClock, browserless: FlaskClient
) -> None:
    secret, _codes = confirmed(session, cast, settings, clock)
    sign_in(browserless, email_of("lead"))
    clock.advance(timedelta(minutes=11))
    post(browserless, "/sign-in/code", {"code": pyotp.TOTP(secret).at(clock.now())})
    assert not is_signed_in(browserless)


def test_an_address_has_one_account(cast: Cast, session: Session, clock: SettableClock) -> None:
    with pytest.raises(Refusal, match="already an account"), transaction(session):
        create_user(session, " Lead@AGENCE.test", "Twin", PASSWORD, Role.FINANCE, now=clock.now())


@pytest.mark.parametrize("password", ["thirteen sign", "aaaaaaaaaaaaaaaaaaaa", "x" * 10_000, "lead@agence.test"])
def test_a_weak_password_is_refused(session: Session, clock: SettableClock, password: str) -> None:
    with pytest.raises(Invalid, match="password"):
        create_user(session, "lead@agence.test", "Lead", password, Role.FINANCE, now=clock.now())
