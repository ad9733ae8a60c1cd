"""Requests that no page of ours would make are answered with a clear status, never with a failure."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from survey_app.clock import SettableClock
from survey_app.db import Database
from tests.cast import assemble_cast, browser_of


@pytest.fixture
def lead(app: Flask, database: Database, clock: SettableClock) -> FlaskClient:
    with database.writing() as session:
        cast = assemble_cast(session, clock)
    return browser_of(app, cast.users["administrator"])


def test_a_foreign_host_name_is_refused_in_plain_words(browserless: FlaskClient) -> None:
    answer = browserless.get("/sign-in", headers={"Host": "evil.test"})
    assert answer.status_code == 400
    assert "not served here" in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path",
    [
        "/r/logo/99999999999999999999/abc",
        "/waves/99999999999999999999",
        "/plans/99999999999999999999",
        "/sheets/99999999999999999999",
        "/agreements/99999999999999999999",
        "/waves/9223372036854775807",
    ],
)
def test_a_number_that_names_no_row_is_not_found(lead: FlaskClient, path: str) -> None:
    assert lead.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/s/%00", "/clients/%00", "/r/%00", "/clients?q=%00", "/indicators?q=a%00b"])
def test_a_nul_in_an_address_is_nothing_we_have(lead: FlaskClient, path: str) -> None:
    assert lead.get(path).status_code == 404
