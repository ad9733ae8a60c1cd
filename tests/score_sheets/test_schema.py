"""The JSON file keeps the schema that is published for it."""

import json
from collections.abc import Callable

import pytest
from flask import Flask
from jsonschema import Draft202012Validator, ValidationError
from sqlalchemy.orm import Session

from survey_app.score_sheets.models import Contest, ContestOutcome, Edition, Party
from survey_app.score_sheets.public_views import SCHEMA
from survey_app.score_sheets.snapshot import seal_edition, write_json
from tests.score_sheets.conftest import KEY, LINES, NOW, make_stage, marks

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
VALIDATOR = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def test_a_sheet_with_everything_keeps_the_schema(edition: Edition, session: Session) -> None:
    contest = Contest(
        indicator_key=LINES[0],
        party=Party.CLIENT,
        author="Claire Dupont",
        reason="Why?",
        raised_at=NOW,
        outcome=ContestOutcome.OPEN,
    )
    edition.sheet.contests.append(contest)
    session.flush()
    VALIDATOR.validate(json.loads(write_json(seal_edition(edition, KEY))))


@pytest.mark.parametrize("scheme", [{"amount": "1000", "scope": "themes"}, {"amount": "1000", "scope": "overall"}])
def test_sheets_of_every_scope_keep_the_schema(session: Session, scheme: dict[str, str]) -> None:
    stage = make_stage(session, scheme=scheme)
    wave = stage.close_wave(marks((8, 9, 8, None), (7, 7, 7, 7), (None, None, None, None)))
    VALIDATOR.validate(json.loads(write_json(seal_edition(stage.issue(wave), KEY))))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file: file["snapshot"]["lines"][0].update(exact=7.5),
        lambda file: file["snapshot"].pop("audit_head"),
        lambda file: file["snapshot"].update(surprise="x"),
        lambda file: file["snapshot"]["bonus"].update(amount="ten"),
    ],
    ids=["a float", "a missing head", "a stranger", "an amount in words"],
)
def test_the_schema_refuses(edition: Edition, spoil: Callable[[dict[str, object]], object]) -> None:
    file = json.loads(write_json(seal_edition(edition, KEY)))
    spoil(file)
    with pytest.raises(ValidationError):
        VALIDATOR.validate(file)


def test_the_schema_is_published(app: Flask) -> None:
    answer = app.test_client().get("/s/schema.json")
    assert answer.status_code == 200
    assert json.loads(answer.text)["title"] == "Score sheet"
