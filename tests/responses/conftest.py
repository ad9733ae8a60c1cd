"""A wave under way, on each engine, and a person who fills the form in over HTTP."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from survey_app.db import Database
from survey_app.responses.models import Answer, Response
from tests.responses.cast import OpenWave, open_wave

Stored = dict[str, tuple[int | None, bool, str | None]]


@pytest.fixture
def wave(session: Session) -> OpenWave:
    return open_wave(session)


@pytest.fixture
def submit(browserless: FlaskClient, wave: OpenWave) -> Callable[..., TestResponse]:
    """Send the whole form at once, as the review page does."""

    def send(answers: dict[str, object], place: int = 0, **page: str) -> TestResponse:
        fields = {"go": "submit", "screen": "review", "lang": "en", **page, **answers}
        return browserless.post(wave.link(place), data=fields)

    return send


@pytest.fixture
def stored(database: Database) -> Callable[[], list[Stored]]:
    """Read what the database holds: for each response, its answers by question."""

    def read() -> list[Stored]:
        with database.reading() as session:
            responses = session.scalars(select(Response).order_by(Response.submitted_at)).all()
            return [
                {
                    answer.question_key: (answer.rating, answer.is_not_applicable, answer.comment)
                    for answer in session.scalars(select(Answer).where(Answer.response_id == response.id))
                }
                for response in responses
            ]

    return read
