"""An agency whose people read English, and the one of them who reads every client."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey_app.accounts.models import User
from survey_app.clock import SettableClock
from survey_app.db import transaction
from tests.cast import Cast, assemble_cast, browser_of


@pytest.fixture
def cast(session: Session, clock: SettableClock) -> Cast:
    found = assemble_cast(session, clock)
    with transaction(session):
        session.execute(update(User).values(language="en"))
    return found


@pytest.fixture
def management(app: Flask, cast: Cast) -> FlaskClient:
    return browser_of(app, cast.users["administrator"])
