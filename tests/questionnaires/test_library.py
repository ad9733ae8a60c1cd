"""A library serves published versions, keeps them frozen, and loads all or nothing."""

import json
from pathlib import Path

import pytest

from survey_app.questionnaires import (
    DefinitionErrors,
    LocalText,
    Questionnaire,
    UnknownQuestionnaireError,
    check,
    load_library,
    publish,
)
from tests.questionnaires.writing import Write


def test_publishing_seals_each_version_once(folder: Path, write: Write) -> None:
    write()
    assert [each.reference for each in publish(folder)] == ["short@1"]
    seal = load_library(folder).get("short").content_hash
    assert (folder / "published.lock").read_text(encoding="utf-8") == f"{seal}  short@1\n"
    assert publish(folder) == ()


def test_a_published_version_that_changed_is_refused_and_a_new_version_asked_for(
    folder: Path, write: Write, short: str
) -> None:
    write()
    publish(folder)
    file = write(short.replace("Your quotes", "Your estimates"))
    [error] = check(folder)
    assert (error.kind, error.file, error.line, error.path) == ("published_changed", file, 2, "version")
    assert "new version 2" in error.message
    with pytest.raises(DefinitionErrors, match="must not change"):
        publish(folder)
    with pytest.raises(DefinitionErrors, match="must not change"):
        load_library(folder)


def test_a_comment_or_another_layout_leaves_a_published_version_as_it_is(
    folder: Path, write: Write, short: str
) -> None:
    write()
    publish(folder)
    write("# A note for the next author.\n" + short.replace('"Hello"', "Hello"))
    assert check(folder) == []


def test_a_published_version_that_is_gone_is_told_at_its_line_of_the_lock(
    folder: Path, write: Write, short: str
) -> None:
    write(short.replace("key: short", "key: other"), key="other")
    write().unlink()
    write()
    publish(folder)
    (folder / "short" / "v1.yaml").unlink()
    [error] = check(folder)
    assert (error.kind, error.file, error.line) == ("published_missing", folder / "published.lock", 2)


def test_publishing_adds_to_the_lock_without_touching_what_it_holds(folder: Path, write: Write, short: str) -> None:
    write()
    publish(folder)
    before = (folder / "published.lock").read_text(encoding="utf-8")
    for version in (2, 10):
        write(short.replace("version: 1", f"version: {version}"), version=version)
    publish(folder)
    lines = (folder / "published.lock").read_text(encoding="utf-8").splitlines(keepends=True)
    assert lines[0] == before
    assert [line.split()[1] for line in lines] == ["short@1", "short@2", "short@10"]


def test_the_latest_published_version_is_served_and_a_draft_only_when_named(
    folder: Path, write: Write, short: str
) -> None:
    write()
    with pytest.raises(UnknownQuestionnaireError, match="flask questionnaires publish"):
        load_library(folder).get("short")
    publish(folder)
    write(short.replace("version: 1", "version: 2"), version=2)
    library = load_library(folder)
    assert (library.get("short").version, library.get("short", 2).version) == (1, 2)
    assert [each.reference for each in library] == ["short@1", "short@2"]
    assert [each.reference for each in library.latest()] == ["short@1"]
    assert [library.is_published(each) for each in library] == [True, False]


def test_an_unknown_questionnaire_or_version_is_refused(folder: Path, write: Write) -> None:
    write()
    publish(folder)
    library = load_library(folder)
    for wanted in (("nowhere", None), ("short", 9)):
        with pytest.raises(UnknownQuestionnaireError, match="short@1"):
            library.get(*wanted)


def test_loading_refuses_the_whole_folder_when_one_file_is_wrong(folder: Path, write: Write, short: str) -> None:
    write()
    write(short.replace("version: 1", "version: 2").replace('"Hello"', '""'), version=2)
    with pytest.raises(DefinitionErrors) as refusal:
        load_library(folder)
    assert [error.kind for error in refusal.value.errors] == ["empty_text"]
    assert "intro.en" in str(refusal.value)


def test_one_file_can_be_checked_alone(folder: Path, write: Write, short: str, monkeypatch: pytest.MonkeyPatch) -> None:
    good = write()
    bad = write(short.replace("version: 1", "version: 2").replace('"Hello"', '""'), version=2)
    assert check(good) == []
    monkeypatch.chdir(bad.parent)
    assert [error.kind for error in check(bad.relative_to(bad.parent))] == ["empty_text"]
    assert [error.kind for error in check(folder / "short" / "v3.yaml")] == ["unreadable"]


def test_a_wave_reads_again_exactly_what_it_stored(folder: Path, write: Write) -> None:
    write()
    short = load_library(folder).get("short", 1)
    stored = json.loads(json.dumps(short.to_canonical(), sort_keys=True))
    again = Questionnaire.from_canonical(stored)
    assert again == short
    assert again.content_hash == short.content_hash


def test_what_was_stored_is_read_again_even_if_it_breaks_a_rule_made_since(folder: Path, write: Write) -> None:
    write()
    stored = load_library(folder).get("short", 1).to_canonical()
    stored["title"]["fr"] = "Satisfait ?"
    again = Questionnaire.from_canonical(stored)
    assert (again.title.fr, again.to_canonical()) == ("Satisfait ?", stored)
    with pytest.raises(ValueError, match="French spacing"):
        LocalText(fr="Satisfait ?", en="Satisfied?")


def test_a_frozen_questionnaire_cannot_be_changed(folder: Path, write: Write) -> None:
    write()
    short = load_library(folder).get("short", 1)
    with pytest.raises(ValueError, match="frozen"):
        short.version = 2  # type: ignore[misc]


def test_questions_are_grouped_by_indicator_in_the_order_asked(folder: Path, write: Write, short: str) -> None:
    other = '      - {key: ideas, indicator: quality_creative, text: {fr: "Idées", en: "Ideas"}}\n'
    nps = '      - {key: peers, kind: recommendation, text: {fr: "Vos pairs", en: "Your peers"}}\n'
    write(short + other + nps)
    questionnaire = load_library(folder).get("short", 1)
    assert questionnaire.indicator_keys == ("service_responsiveness", "quality_creative")
    groups = questionnaire.questions_by_indicator()
    assert [[each.key for each in group] for group in groups.values()] == [["answers", "offers"], ["ideas"]]
    assert [each.key for each in questionnaire.rated_questions] == ["answers", "offers", "ideas"]
    assert [each.key for each in questionnaire.questions][-1] == "peers"
    assert next(each for each in questionnaire.questions if each.key == "peers").indicator_key is None


def test_a_text_exists_in_two_languages_and_no_other(folder: Path, write: Write) -> None:
    write()
    title = load_library(folder).get("short", 1).title
    assert (title.in_language("fr"), title.in_language("en")) == ("Court", "Short")
    with pytest.raises(ValueError, match="'de'"):
        title.in_language("de")


@pytest.mark.parametrize(("word", "read"), [("no", "no"), ("1:30", "1:30"), ("2026-01-01", "2026-01-01")])
def test_an_unquoted_word_stays_the_text_that_was_written(
    word: str, read: str, folder: Path, write: Write, short: str
) -> None:
    write(short.replace('en: "Hello"', f"en: {word}"))
    assert load_library(folder).get("short", 1).intro.en == read
