"""The number of statements of a page does not follow the number of its questions."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from survey_app.campaigns.models import PrivacyMode
from survey_app.db import Database
from survey_app.questionnaires import Questionnaire
from tests.responses.cast import OpenWave, marks, open_wave, shipped

MOST_PER_GET, MOST_PER_POST = 3, 5


def of_length(n: int) -> Questionnaire:
    """Return a questionnaire of one theme and n questions."""
    whole = shipped()
    section, model = whole.sections[0], whole.sections[0].questions[0]
    questions = tuple(model.model_copy(update={"key": f"question_{place}"}) for place in range(n))
    return whole.model_copy(update={"sections": (section.model_copy(update={"questions": questions}),)})


@pytest.fixture
def statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("mode", [PrivacyMode.NAMED, PrivacyMode.ANONYMOUS])
@pytest.mark.parametrize("n", [1, 20, 120])
def test_three_statements_to_read_and_five_to_write_are_enough(
    app: Flask, session: Session, statements: list[str], n: int, mode: PrivacyMode
) -> None:
    wave = open_wave(session, of_length(n), mode=mode)
    assert count_of_each_page(app, wave, statements) == {"GET": 2, "draft": 2, "next": 2, "submit": 5, "receipt": 1}


def count_of_each_page(app: Flask, wave: OpenWave, statements: list[str]) -> dict[str, int]:
    client = app.test_client()
    fields = {"screen": "availability", "version": "0", **marks(wave.questionnaire)}
    pages: dict[str, Callable[[], TestResponse]] = {
        "GET": lambda: client.get(wave.link()),
        "draft": lambda: client.post(wave.link() + "/draft", data={**fields, "q.question_0": "1"}),
        "next": lambda: client.post(wave.link(), data={**fields, "version": "1", "go": "next"}),
        "submit": lambda: client.post(wave.link(), data={**fields, "screen": "review", "go": "submit"}),
        "receipt": lambda: client.get(wave.link()),
    }
    counts: dict[str, int] = {}
    for name, load in pages.items():
        statements.clear()
        assert load().status_code in {200, 303}
        counts[name] = len(statements)
    assert max(counts["GET"], counts["receipt"]) <= MOST_PER_GET
    assert max(counts["draft"], counts["next"], counts["submit"]) <= MOST_PER_POST
    return counts


def test_a_process_that_has_just_started_reads_the_questionnaire_once_more_and_only_once(
    app: Flask, session: Session, statements: list[str]
) -> None:
    wave = open_wave(session)
    statements.clear()
    for place, most in ((0, MOST_PER_POST + 1), (1, MOST_PER_POST)):
        page = app.test_client().post(wave.link(place), data={"go": "submit", **marks(wave.questionnaire)})
        assert page.status_code == 200
        assert len(statements) <= most
        statements.clear()
