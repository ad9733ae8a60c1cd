"""The questionnaires that come with the product are complete, well written and sealed."""

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from survey_app.questionnaires import Library, LocalText, check, load_library, write_schema
from survey_app.questionnaires.reading import read_document
from survey_app.questionnaires.source import schema_text

MEASURED_BY_SURVEY = {
    "service_account_team_availability",
    "service_responsiveness",
    "service_adaptability",
    "service_reporting_quality",
    "service_project_followup",
    "service_relationship_quality",
    "service_proactivity",
    "service_daily_rigour",
    "quality_creative",
    "quality_technical",
    "quality_revision_rounds",
    "time_production_schedule",
}
FOLDER = Path(__file__).parents[2] / "questionnaires"
FILES = sorted(FOLDER.glob("*/*.yaml"))
KEYS = ["annual_review", "annual_review_audiovisual", "campaign_review", "quarterly_barometer"]


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(FOLDER, MEASURED_BY_SURVEY)


def texts(value: Any) -> Iterator[LocalText]:
    """Walk every text of a questionnaire."""
    if isinstance(value, LocalText):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from texts(each)
    elif hasattr(value, "__pydantic_fields__"):
        for name in type(value).__pydantic_fields__:
            yield from texts(getattr(value, name))


def test_all_four_are_valid_and_published(library: Library) -> None:
    assert check(FOLDER, MEASURED_BY_SURVEY) == []
    assert [each.key for each in library.latest()] == KEYS
    assert all(library.is_published(each) for each in library)


@pytest.mark.parametrize("key", ["annual_review", "annual_review_audiovisual"])
def test_the_annual_reviews_ask_two_or_three_questions_on_each_of_the_twelve_indicators(
    key: str, library: Library
) -> None:
    groups = library.get(key).questions_by_indicator()
    assert set(groups) == MEASURED_BY_SURVEY
    assert {len(group) for group in groups.values()} <= {2, 3}


def test_the_barometer_asks_one_question_on_each_indicator(library: Library) -> None:
    groups = library.get("quarterly_barometer").questions_by_indicator()
    assert set(groups) == MEASURED_BY_SURVEY
    assert {len(group) for group in groups.values()} == {1}


def test_the_campaign_review_measures_what_belongs_to_a_campaign(library: Library) -> None:
    groups = library.get("campaign_review").questions_by_indicator()
    assert set(groups) == {"service_adaptability", "time_production_schedule"}
    assert {len(group) for group in groups.values()} <= {2, 3}


@pytest.mark.parametrize("key", KEYS)
def test_each_ends_with_a_recommendation_and_an_open_question(key: str, library: Library) -> None:
    *_, recommendation, last = library.get(key).questions
    assert (recommendation.kind, last.kind) == ("recommendation", "open")
    assert recommendation.marks == range(11)


@pytest.mark.parametrize("key", KEYS)
def test_each_rated_question_asks_why_under_seven_and_accepts_not_applicable(key: str, library: Library) -> None:
    for question in library.get(key).rated_questions:
        assert question.comment is not None
        assert question.comment.at_or_below == 6
        assert question.scale is not None
        assert not question.is_required


def test_the_audiovisual_variant_speaks_of_films_on_a_scale_of_five(library: Library) -> None:
    variant, base = library.get("annual_review_audiovisual"), library.get("annual_review")
    assert {each.marks for each in variant.rated_questions} == {range(11), range(1, 6)}
    changed, shared = ({each.key: each for each in found.questions} for found in (variant, base))
    assert changed["first_answer"] == shared["first_answer"]
    assert changed["followup_workload"] != shared["followup_workload"]
    assert "schedule" not in {section.key for section in variant.sections}


@pytest.mark.parametrize("key", KEYS)
def test_each_section_asks_on_indicators_of_its_own_theme(key: str, library: Library) -> None:
    prefixes = {"services": "service_", "quality": "quality_", "deadlines": "time_"}
    for section in library.get(key).sections:
        for question in section.questions:
            if question.indicator_key is not None:
                assert section.theme is not None
                assert question.indicator_key.startswith(prefixes[section.theme])


@pytest.mark.parametrize("key", KEYS)
def test_french_is_set_with_non_breaking_spaces_and_typographic_apostrophes(key: str, library: Library) -> None:
    for text in texts(library.get(key)):
        for mark in re.finditer(r"[:;?!%»]", text.fr):
            assert text.fr[mark.start() - 1] in "\u00a0\u202f", text.fr
        assert "'" not in text.fr + text.en
        assert '"' not in text.fr + text.en


@pytest.mark.parametrize("key", KEYS)
def test_no_text_was_left_in_the_other_language_or_says_tu(key: str, library: Library) -> None:
    for text in texts(library.get(key)):
        assert text.fr != text.en
        assert not re.search(r"\b(tu|ton|tes|toi)\b", text.fr, re.IGNORECASE), text.fr


@pytest.mark.parametrize("key", KEYS)
def test_no_two_questions_read_the_same(key: str, library: Library) -> None:
    questions = library.get(key).questions
    for language in ("fr", "en"):
        assert len({each.text.in_language(language) for each in questions}) == len(questions)


def test_the_schema_file_is_current() -> None:
    assert (FOLDER / "schema.json").read_text(encoding="utf-8") == schema_text()


def test_writing_the_schema_gives_that_same_file(tmp_path: Path) -> None:
    assert write_schema(tmp_path) == tmp_path / "schema.json"
    assert (tmp_path / "schema.json").read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parent.name)
def test_each_definition_agrees_with_the_schema_that_editors_use(file: Path) -> None:
    schema = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(read_document(file).value, schema)


def test_the_library_loads_fast_enough_for_every_start() -> None:
    load_library(FOLDER)
    start = time.process_time()
    load_library(FOLDER)
    assert time.process_time() - start < 0.5
