"""A forgotten password: the mail, the link, the single use."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from survey_app.accounts.models import PasswordReset
from survey_app.accounts.service import RESET_MAIL
from survey_app.clock import SettableClock
from survey_app.db import Database
from survey_app.mails import ComposedEmail, Withheld, WithheldReason
from survey_app.outbox.delivery import compose_mail
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings
from survey_app.worker import composers
from tests.cast import PASSWORD, Cast, browser_of, email_of, look, post

NEW = "la nouvelle phrase, bien longue"


def ask(browser: FlaskClient, email: str) -> None:
    assert post(browser, "/password/forgotten", {"email": email}).location == "/sign-in"


def compose(app: Flask, database: Database, settings: Settings, clock: SettableClock) -> ComposedEmail | Withheld:
    with app.test_request_context(), database.reading() as session:
        mail = session.scalars(select(OutgoingEmail).where(OutgoingEmail.kind == RESET_MAIL)).one()
        return compose_mail(composers(settings), session, mail, clock.now())


@pytest.fixture
def link(
    app: Flask, cast: Cast, database: Database, settings: Settings, clock: SettableClock, browserless: FlaskClient
) -> str:
    ask(browserless, " LEAD@agence.test")
    composed = compose(app, database, settings, clock)
    assert isinstance(composed, ComposedEmail)
    return next(word for word in composed.text.split() if word.startswith(settings.public_base_url))


def reset(browser: FlaskClient, link: str, password: str = NEW) -> int:
    return post(browser, link, {"password": password, "repeated": password}).status_code


def test_the_link_sets_a_new_password_once(cast: Cast, link: str, app: Flask, browserless: FlaskClient) -> None:
    before = browser_of(app, cast.users["lead"])
    page = browserless.get(link)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert reset(browserless, link, "too short") == 400
    assert reset(browserless, link) == 302
    assert before.get("/profile").status_code == 302
    assert reset(browserless, link) == 404
    old = post(browserless, "/sign-in", {"email": email_of("lead"), "password": PASSWORD})
    new = post(browserless, "/sign-in", {"email": email_of("lead"), "password": NEW})
    assert (old.status_code, new.status_code) == (400, 302)


def test_the_link_works_for_one_hour(link: str, clock: SettableClock, browserless: FlaskClient) -> None:
    clock.advance(timedelta(hours=1))
    assert reset(browserless, link) == 404


def test_a_new_password_ends_every_link_asked_before(link: str, database: Database, browserless: FlaskClient) -> None:
    ask(browserless, email_of("lead"))
    assert reset(browserless, link) == 302
    requests = look(database, select(PasswordReset))
    assert len(requests) == 2
    assert all(request.used_at for request in requests)


@pytest.mark.parametrize("change", ["1-", "x", "0-abc", "99999999999999999999-x", "²-x", "1-%E9"])
def test_a_link_that_is_not_ours_is_unknown(cast: Cast, browserless: FlaskClient, change: str) -> None:
    assert browserless.get(f"/password/new/{change}").status_code == 404


def test_the_number_of_a_request_is_not_enough(link: str, browserless: FlaskClient) -> None:
    assert browserless.get(link[:-1] + ("A" if link[-1] != "A" else "B")).status_code == 404


def test_nothing_stored_opens_the_door(link: str, database: Database) -> None:
    secret = link.rsplit("/", 1)[-1].partition("-")[2]
    [mail] = look(database, select(OutgoingEmail))
    assert all(secret not in str(value) for value in vars(mail).values())


def test_an_unknown_address_gets_the_same_answer_and_no_mail(
    cast: Cast, browserless: FlaskClient, database: Database
) -> None:
    ask(browserless, "nobody@agence.test")
    assert not look(database, select(OutgoingEmail))


def test_a_mail_that_comes_too_late_is_withheld(
    app: Flask, cast: Cast, database: Database, settings: Settings, clock: SettableClock, browserless: FlaskClient
) -> None:
    ask(browserless, email_of("lead"))
    clock.advance(timedelta(hours=2))
    assert compose(app, database, settings, clock) == Withheld(WithheldReason.LATE)
