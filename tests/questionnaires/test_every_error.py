"""Every mistake an author can make is told with its file, its line, its path and a sentence."""

import re
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

from survey_app.questionnaires import check, reading
from survey_app.questionnaires.definition import check_french
from survey_app.questionnaires.errors import error_sentences
from tests.questionnaires.writing import Write

KNOWN = ["service_responsiveness"]
EXTENSION = 'key: longer\nversion: 1\nextends: short@1\ntitle: {fr: "Long", en: "Long"}\n'


class Mistake(NamedTuple):
    """One replacement in the short definition, and what must be told."""

    kind: str
    old: str
    new: str
    line: int
    path: str
    quoted: str = ""


IN_THE_FILE = [
    Mistake("malformed", 'title: {fr: "Court"', 'title: {fr: "Court', 3, ""),
    Mistake("malformed", "version: 1", "version: 1\n\t- x", 3, ""),
    Mistake("several_documents", "sections:", "---\nsections:", 8, ""),
    Mistake("alias", "default_scale: marks", "default_scale: &m marks", 5, "default_scale"),
    Mistake("alias", "default_scale: marks", "default_scale: *m", 5, "default_scale"),
    Mistake("alias", "version: 1", "version: 1\n*key : 2", 3, ""),
    Mistake("tag", "version: 1", "version: !!int 1", 2, "version"),
    Mistake("tag", "key: short", "%YAML 1.1\n---\nkey: short", 2, ""),
    Mistake("too_deep", "version: 1", "version: " + "[" * 13 + "]" * 13, 2, "version" + "[0]" * 11, "12"),
    Mistake("duplicate_field", "default_scale: marks", "default_scale: marks\nkey: other", 6, "key", "line 1"),
    Mistake("field_name_not_text", "version: 1", "version: 1\n[a, b]: 1", 3, ""),
    Mistake("french_not_quoted", '"Bonjour"', "Bonjour", 4, "intro.fr"),
    Mistake("missing_field", 'intro: {fr: "Bonjour", en: "Hello"}\n', "", 1, "intro", "intro"),
    Mistake("missing_field", ', en: "Your delays"', "", 14, "sections[0].questions[0].text.en", "en"),
    Mistake("missing_field", '    title: {fr: "Service", en: "Service"}\n', "", 9, "sections[0].title", "title"),
    Mistake("unknown_field", "version: 1", "version: 1\ncolour: red", 3, "colour", "colour"),
    Mistake("wrong_type", "version: 1", 'version: "1"', 2, "version", "whole number"),
    Mistake("wrong_type", "version: 1", "version: 1.0", 2, "version", "whole number"),
    Mistake("wrong_type", "min: 0", "min: .nan", 7, "scales.marks.min", "whole number"),
    Mistake("wrong_type", "min: 0", "min: true", 7, "scales.marks.min", "whole number"),
    Mistake("wrong_type", "key: short", "key: null", 1, "key", "text"),
    Mistake("wrong_type", '{fr: "Bonjour", en: "Hello"}', "[Hello]", 4, "intro", "fields"),
    Mistake(
        "not_a_choice",
        "- key: answers",
        "- key: answers\n        kind: opne",
        13,
        "sections[0].questions[0].kind",
    ),
    Mistake("not_a_choice", "- key: service", "- key: service\n    theme: money", 10, "sections[0].theme", "csr"),
    Mistake("bad_key", "- key: answers", "- key: Réponses", 12, "sections[0].questions[0].key", "Réponses"),
    Mistake("bad_key", "  marks: {", "  Marks!: {", 7, "scales.Marks!", "Marks!"),
    Mistake("too_small", "min: 0", "min: -1", 7, "scales.marks.min", "-1"),
    Mistake("too_great", "max: 10", "max: 11", 7, "scales.marks.max", "11"),
    Mistake("too_long", '"Hello"', '"' + "H" * 2001 + '"', 4, "intro.en", "2000"),
    Mistake("empty_text", '"Hello"', '""', 4, "intro.en"),
    Mistake("text_edges", '"Hello"', '"Hello "', 4, "intro.en"),
    Mistake("forbidden_character", '"Hello"', '"He\\0llo"', 4, "intro.en", "U+0000"),
    Mistake("forbidden_character", '"Hello"', '"He\\ud800llo"', 4, "intro.en", "U+D800"),
    Mistake("french_spacing", '"Bonjour"', '"Bonjour !"', 4, "intro.fr", "Bonjour !"),
    Mistake("french_spacing", '"Bonjour"', '"« Bonjour\\_»"', 4, "intro.fr", "«"),
    Mistake("scale_ends", "min: 0, max: 10", "min: 5, max: 5", 7, "scales.marks.max", "5"),
    Mistake("unknown_scale", "default_scale: marks", "default_scale: stars", 5, "default_scale", "marks"),
    Mistake(
        "unknown_scale",
        "- key: offers",
        "- key: offers\n        scale: stars",
        16,
        "sections[0].questions[1].scale",
    ),
    Mistake(
        "no_indicator",
        "- key: offers\n        indicator: service_responsiveness",
        "- key: offers",
        15,
        "sections[0].questions[1]",
    ),
    Mistake(
        "indicator_not_allowed",
        "- key: offers",
        "- key: offers\n        kind: open",
        17,
        "sections[0].questions[1].indicator",
    ),
    Mistake(
        "unknown_indicator",
        "- key: answers\n        indicator: service_responsiveness",
        "- key: answers\n        indicator: service_responsivness",
        13,
        "sections[0].questions[0].indicator",
        "did you mean service_responsiveness?",
    ),
    Mistake(
        "duplicate_key",
        "- key: offers",
        "- key: answers",
        15,
        "sections[0].questions[1].key",
        "sections[0].questions[0]",
    ),
    Mistake("duplicate_key", "- key: offers", "- key: service", 15, "sections[0].questions[1].key", "sections[0]"),
    Mistake(
        "after_not_allowed",
        "- key: offers",
        "- key: offers\n        after: answers",
        16,
        "sections[0].questions[1].after",
    ),
]


def only_error(folder: Path, kind: str, line: int, path: str, quoted: str = "") -> Path:
    """Check that one mistake alone is told, in both languages, and give its file."""
    [error] = check(folder, KNOWN)
    assert (error.kind, error.line, error.path) == (kind, line, path)
    assert quoted in error.message
    assert str(error).startswith(f"{error.file}:{line}:")
    assert error.in_language("fr") != error.in_language("en")
    return error.file


@pytest.mark.parametrize("mistake", IN_THE_FILE, ids=[f"{n}-{m.kind}" for n, m in enumerate(IN_THE_FILE)])
def test_a_mistake_in_a_file_is_told_at_its_place(mistake: Mistake, folder: Path, write: Write, short: str) -> None:
    assert mistake.old in short
    file = write(short.replace(mistake.old, mistake.new, 1))
    assert only_error(folder, mistake.kind, mistake.line, mistake.path, mistake.quoted) == file


QUESTIONS = [
    ("open_has_scale", "kind: open\n        scale: marks", 21, ".scale"),
    (
        "open_has_scale",
        'kind: open\n        comment: {at_or_below: 6, text: {fr: "Dites", en: "Say"}}',
        21,
        ".comment",
    ),
    ("recommendation_scale", "kind: recommendation\n        scale: five", 21, ".scale"),
]


@pytest.mark.parametrize(("kind", "fields", "line", "path"), QUESTIONS)
def test_a_question_that_contradicts_its_kind_is_told(
    kind: str, fields: str, line: int, path: str, folder: Path, write: Write, short: str
) -> None:
    five = '  five: {min: 1, max: 5, low: {fr: "Non", en: "No"}, high: {fr: "Oui", en: "Yes"}}\n'
    question = f'      - key: last\n        {fields}\n        text: {{fr: "Un mot", en: "A word"}}\n'
    text = short.replace("sections:\n", five + "sections:\n") + question
    if kind == "open_has_scale":
        text = short + "# one line more\n" + question
    write(text)
    only_error(folder, kind, line, f"sections[0].questions[2]{path}")


def test_a_rating_without_any_scale_is_told(folder: Path, write: Write, short: str) -> None:
    write(short.replace("default_scale: marks\n", "").replace("- key: offers", "- key: offers\n        scale: marks"))
    only_error(folder, "no_scale", 11, "sections[0].questions[0]")


def test_a_questionnaire_without_sections_is_told(folder: Path, write: Write, short: str) -> None:
    write(short[: short.index("sections:")] + "sections: []\n")
    only_error(folder, "no_rated_question", 8, "sections")


def test_a_questionnaire_that_measures_nothing_is_told(folder: Path, write: Write, short: str) -> None:
    question = '    questions:\n      - {key: last, kind: open, text: {fr: "Un mot", en: "A word"}}\n'
    write(short[: short.index("    questions:")] + question)
    only_error(folder, "no_rated_question", 8, "sections")


def test_a_section_without_questions_is_told(folder: Path, write: Write, short: str) -> None:
    write(short + '  - key: closing\n    title: {fr: "Fin", en: "End"}\n')
    only_error(folder, "empty_section", 18, "sections[1]", "closing")


IN_AN_EXTENSION = [
    ("bad_reference", EXTENSION.replace("short@1", "short"), 3, "extends"),
    ("unknown_base", EXTENSION.replace("short@1", "short@7"), 3, "extends"),
    ("circular_base", EXTENSION.replace("short@1", "longer@1"), 3, "extends"),
    ("nothing_to_remove", EXTENSION + "remove:\n  - offers\n  - nowhere\n", 7, "remove[1]"),
    ("empty_section", EXTENSION + "remove:\n  - answers\n  - offers\n", 1, ""),
    (
        "unknown_neighbour",
        EXTENSION + "sections:\n  - key: service\n    after: nowhere\n",
        7,
        "sections[0].after",
    ),
    (
        "missing_field",
        EXTENSION + "sections:\n  - key: more\n    questions:\n      - key: added\n"
        '        indicator: service_responsiveness\n        text: {fr: "Plus", en: "More"}\n',
        6,
        "sections[0].title",
    ),
    (
        "duplicate_key",
        EXTENSION + 'sections:\n  - key: more\n    title: {fr: "Plus", en: "More"}\n    questions:\n'
        "      - key: offers\n        indicator: service_responsiveness\n"
        '        text: {fr: "Plus", en: "More"}\n',
        9,
        "sections[0].questions[0].key",
    ),
]


@pytest.mark.parametrize(("kind", "text", "line", "path"), IN_AN_EXTENSION)
def test_a_mistake_in_an_extension_is_told_at_its_place(
    kind: str, text: str, line: int, path: str, folder: Path, write: Write
) -> None:
    write()
    file = write(text, key="longer")
    errors = [error for error in check(folder, KNOWN) if error.kind != "no_rated_question"]
    assert [(error.kind, error.file, error.line, error.path) for error in errors] == [(kind, file, line, path)]


def test_an_extension_of_a_broken_base_is_told(folder: Path, write: Write, short: str) -> None:
    write(short.replace("version: 1", "version: 1\ncolour: red"))
    file = write(EXTENSION, key="longer")
    told = {(error.kind, error.file.parent.name, error.line) for error in check(folder)}
    assert told == {("unknown_field", "short", 3), ("broken_base", "longer", 3)}
    assert [error.kind for error in check(file)] == ["broken_base"]


def test_a_chain_of_extensions_without_end_is_told(folder: Path, write: Write) -> None:
    write()
    for version in range(1, 400):
        base = "short@1" if version == 1 else f"longer@{version - 1}"
        text = EXTENSION.replace("version: 1", f"version: {version}").replace("short@1", base)
        write(text, key="longer", version=version)
    told = [(error.kind, error.file.stem, error.line) for error in check(folder, KNOWN)]
    assert sorted(told) == sorted(("too_many_bases", f"v{version}", 3) for version in range(11, 400))
    assert [error.kind for error in check(folder / "longer" / "v11.yaml")] == ["too_many_bases"]
    assert check(folder / "longer" / "v10.yaml") == []


def test_a_loop_is_told_where_it_turns_and_beside_it(folder: Path, write: Write) -> None:
    for key, base in (("longer", "second"), ("second", "third"), ("third", "second")):
        write(EXTENSION.replace("longer", key).replace("short@1", f"{base}@1"), key=key)
    told = {(error.kind, error.file.parent.name, error.line) for error in check(folder)}
    assert told == {
        ("broken_base", "longer", 3),
        ("circular_base", "second", 3),
        ("circular_base", "third", 3),
    }


def test_a_definition_in_the_wrong_folder_is_told(folder: Path, write: Write) -> None:
    file = write(key="other")
    assert only_error(folder, "wrong_place", 1, "key", "short/v1.yaml") == file


def test_a_definition_outside_any_folder_is_told(folder: Path, short: str) -> None:
    file = folder / "short.yaml"
    file.write_text(short, encoding="utf-8")
    assert only_error(folder, "wrong_place", 1, "key", "short/v1.yaml") == file


def test_a_missing_folder_is_told(folder: Path) -> None:
    assert only_error(folder / "nowhere", "folder_missing", 1, "") == folder / "nowhere"


def test_a_file_that_cannot_be_opened_is_told(folder: Path) -> None:
    (folder / "short" / "v1.yaml").mkdir(parents=True)
    assert only_error(folder, "unreadable", 1, "") == folder / "short" / "v1.yaml"


def test_a_file_that_is_too_large_is_told(folder: Path, write: Write) -> None:
    write("# " + "x" * 200_000)
    only_error(folder, "too_large", 1, "", "200000")


def test_a_file_in_another_encoding_is_told_at_the_line_of_the_first_bad_byte(
    folder: Path, write: Write, short: str
) -> None:
    write().write_bytes(short.encode("latin-1"))
    only_error(folder, "not_utf8", 14, "")


def test_a_control_character_in_the_file_is_told_at_its_line(folder: Path, write: Write, short: str) -> None:
    write(short.replace("Your quotes", "Your\x07quotes"))
    only_error(folder, "malformed", 17, "")


@pytest.mark.parametrize("text", ["", "# nothing\n", "null\n"])
def test_an_empty_file_is_told(text: str, folder: Path, write: Write) -> None:
    write(text)
    only_error(folder, "empty_document", 1, "")


def test_the_lock_tells_a_line_it_cannot_read_and_a_line_written_twice(folder: Path, write: Write) -> None:
    (folder / "published.lock").write_text(f"nonsense\n{'0' * 64}  gone@1\n{'1' * 64}  gone@1\n", encoding="utf-8")
    told = [(error.kind, error.file.name, error.line) for error in check(folder)]
    assert told == [
        ("lock_malformed", "published.lock", 1),
        ("published_missing", "published.lock", 2),
        ("lock_duplicate", "published.lock", 3),
    ]


def test_all_mistakes_of_all_files_are_told_at_once(folder: Path, write: Write, short: str) -> None:
    write(short.replace("version: 1", 'version: "1"').replace('"Bonjour"', "Bonjour").replace("max: 10", "max: 99"))
    write('title: {fr: "', key="broken")
    text = short.replace("version: 1", "version: 2").replace("offers", "answers")
    write(text.replace("default_scale: marks", "default_scale: no"), version=2)
    told = [(error.file.parent.name, error.file.stem, error.kind) for error in check(folder, KNOWN)]
    assert told == [
        ("broken", "v1", "malformed"),
        ("short", "v1", "wrong_type"),
        ("short", "v1", "french_not_quoted"),
        ("short", "v1", "too_great"),
        ("short", "v2", "unknown_scale"),
        ("short", "v2", "duplicate_key"),
    ]


def test_a_lock_that_is_not_text_is_told(folder: Path, write: Write) -> None:
    write()
    (folder / "published.lock").write_bytes(b"\xff\xfe")
    assert only_error(folder, "unreadable", 1, "") == folder / "published.lock"


def test_a_remark_of_the_validator_without_a_sentence_of_ours_still_has_its_place(
    folder: Path, write: Write, short: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(reading._KINDS, "greater_than_equal")
    write(short.replace("min: 0", "min: -1"))
    only_error(folder, "not_valid", 7, "scales.marks.min", "greater than or equal to 0")


@pytest.mark.parametrize("kind", error_sentences())
def test_every_sentence_is_well_set_in_both_languages(kind: str) -> None:
    sentence = error_sentences()[kind]
    assert sentence.en.endswith(".")
    assert sentence.fr.endswith(".")
    assert check_french(re.sub("«\u00a0.*?\u00a0»", "«\u00a0…\u00a0»", sentence.fr))
    assert "'" not in sentence.en + sentence.fr


@pytest.mark.parametrize("kind", error_sentences())
def test_every_sentence_quotes_the_same_values_in_both_languages(kind: str) -> None:
    sentence = error_sentences()[kind]
    english, french = (
        {name.removesuffix(f"_{language}") for _, name, _, _ in Formatter().parse(text) if name is not None}
        for language, text in (("en", sentence.en), ("fr", sentence.fr))
    )
    assert english == french
    assert "" not in english
