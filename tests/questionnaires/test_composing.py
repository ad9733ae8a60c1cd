"""An extension starts from a version of another questionnaire and says only what differs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from survey_app.questionnaires import Questionnaire, load_library
from tests.questionnaires.writing import Write

Compose = Callable[[str], Questionnaire]
HEAD = 'key: longer\nversion: 1\nextends: short@1\ntitle: {fr: "Long", en: "Long"}\n'


def question(key: str, indent: int = 6, extra: str = "") -> str:
    lines = [
        f"- key: {key}",
        "  indicator: quality_creative",
        f'  text: {{fr: "Texte {key}", en: "Text {key}"}}',
    ]
    return "".join(" " * indent + line + "\n" for line in [*lines, *([f"  {extra}"] if extra else [])])


@pytest.fixture
def compose(folder: Path, write: Write) -> Compose:
    """Write the short definition and an extension of it, and give the extension resolved."""

    def composed(text: str) -> Questionnaire:
        write()
        write(HEAD + text, key="longer")
        return load_library(folder).get("longer", 1)

    return composed


def question_keys(questionnaire: Questionnaire) -> list[str]:
    return [each.key for each in questionnaire.questions]


def test_what_is_not_written_stays_as_in_the_base(compose: Compose) -> None:
    longer = compose("")
    assert question_keys(longer) == ["answers", "offers"]
    assert (longer.title.en, longer.intro.en) == ("Long", "Hello")


def test_a_question_with_a_known_key_replaces_it_where_it_stands(compose: Compose) -> None:
    longer = compose("sections:\n  - key: service\n    questions:\n" + question("answers"))
    assert question_keys(longer) == ["answers", "offers"]
    assert longer.questions[0].indicator_key == "quality_creative"
    assert longer.sections[0].title.en == "Service"


def test_a_new_question_comes_last_or_after_the_one_it_names(compose: Compose) -> None:
    added = question("last") + question("middle", extra="after: answers")
    longer = compose("sections:\n  - key: service\n    questions:\n" + added)
    assert question_keys(longer) == ["answers", "middle", "offers", "last"]


def test_removed_keys_are_gone_and_may_be_written_again_elsewhere(compose: Compose) -> None:
    section = 'sections:\n  - key: more\n    title: {fr: "Plus", en: "More"}\n    questions:\n'
    longer = compose("remove:\n  - answers\n" + section + question("answers"))
    assert [(each.key, len(each.questions)) for each in longer.sections] == [("service", 1), ("more", 1)]
    assert question_keys(longer) == ["offers", "answers"]


def test_a_section_can_move_and_change_its_title_alone(compose: Compose) -> None:
    sections = (
        'sections:\n  - key: more\n    title: {fr: "Plus", en: "More"}\n    questions:\n'
        + question("added")
        + '  - key: service\n    after: more\n    title: {fr: "Suivi", en: "Follow-up"}\n'
    )
    longer = compose(sections)
    assert [each.title.en for each in longer.sections] == ["More", "Follow-up"]
    assert question_keys(longer) == ["added", "answers", "offers"]


def test_scales_are_inherited_replaced_and_added(compose: Compose) -> None:
    words = 'low: {fr: "Non", en: "No"}, high: {fr: "Oui", en: "Yes"}'
    scales = f"scales:\n  marks: {{min: 0, max: 5, {words}}}\n  five: {{min: 1, max: 5, {words}}}\n"
    added = question("added", extra="scale: five")
    longer = compose(scales + "sections:\n  - key: service\n    questions:\n" + added)
    assert [each.marks for each in longer.questions] == [range(6), range(6), range(1, 6)]


def test_a_new_question_takes_the_comment_of_the_section_it_joins(folder: Path, write: Write, short: str) -> None:
    comment = '\n    comment: {at_or_below: 6, text: {fr: "Dites-nous", en: "Tell us"}}'
    write(short.replace("- key: service", "- key: service" + comment))
    write(HEAD + "sections:\n  - key: service\n    questions:\n" + question("added"), key="longer")
    comments = [each.comment for each in load_library(folder).get("longer", 1).questions]
    assert [comment and comment.text.en for comment in comments] == ["Tell us"] * 3


def test_an_extension_can_be_extended(folder: Path, write: Write) -> None:
    write()
    write(HEAD + "remove:\n  - offers\n", key="longer")
    third = HEAD.replace("short@1", "longer@1").replace("key: longer", "key: third")
    write(third + "sections:\n  - key: service\n    questions:\n" + question("added"), key="third")
    assert question_keys(load_library(folder).get("third", 1)) == ["answers", "added"]


def test_the_hash_of_an_extension_covers_what_it_takes_from_its_base(folder: Path, write: Write, short: str) -> None:
    write()
    write(HEAD, key="longer")
    before = load_library(folder).get("longer", 1).content_hash
    write(short.replace("Your quotes", "Your estimates"))
    assert load_library(folder).get("longer", 1).content_hash != before


def test_an_extension_hashes_like_the_same_questionnaire_written_in_full(
    folder: Path, write: Write, short: str
) -> None:
    write()
    write(HEAD, key="longer")
    extended = load_library(folder).get("longer", 1)
    full = short.replace("key: short", "key: longer").replace('"Court", en: "Short"', '"Long", en: "Long"')
    write(full, key="longer")
    assert load_library(folder).get("longer", 1).content_hash == extended.content_hash
