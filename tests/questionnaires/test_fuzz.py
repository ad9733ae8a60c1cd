"""Whatever a file holds, reading it ends in errors with a place, never in another exception."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from survey_app.questionnaires import DefinitionErrors, check, load_library

ANY_SPEED = settings(deadline=None)  # a wall clock says nothing about what is read
SHIPPED = Path(__file__).parents[2] / "questionnaires" / "campaign_review" / "v1.yaml"
DEFINITION = SHIPPED.read_text(encoding="utf-8").replace("campaign_review", "any")
YAML_PIECES = st.sampled_from(
    [
        "key: any\n",
        "version: 1\n",
        "- ",
        "? ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        '"',
        "'",
        "&a ",
        "*a",
        "!!int ",
        "<<: ",
        "\n",
        "  ",
        "\t",
        "|\n",
        ">-\n",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "#",
        "\\U0011ffff",
        '"\\ud800"',
        "\x00",
        "\ufeff",
        "\x85",
        "é",
        "🎬",
        "extends: any@1\n",
        "sections:\n",
        "scales:\n",
        'title: {fr: "A", en: "B"}\n',
        "1e999",
        "0x1F",
        ".inf",
        "~",
    ]
)


def assert_only_definition_errors(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "any").mkdir()
        (folder / "any" / "v1.yaml").write_bytes(content)
        told = check(folder)
        assert all(error.line >= 1 and error.in_language("fr") and error.message for error in told)
        if told:
            with pytest.raises(DefinitionErrors):
                load_library(folder)
        else:
            assert len(list(load_library(folder))) == 1


@ANY_SPEED
@given(st.binary(max_size=400))
@example(b"\xff\xfe\x00\x00")
def test_any_bytes(content: bytes) -> None:
    assert_only_definition_errors(content)


@ANY_SPEED
@given(st.lists(YAML_PIECES, max_size=25).map("".join))
@example("? " * 5_000)
@example("[" * 5_000)
@example("- " * 5_000)
@example('key: "\\U0011ffff"')
@example("version: " + "9" * 5_000)
def test_any_pieces_of_yaml(text: str) -> None:
    assert_only_definition_errors(text.encode("utf-8", "surrogatepass"))


@ANY_SPEED
@given(st.data())
def test_a_good_definition_with_any_damage(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(DEFINITION)))
    end = data.draw(st.integers(start, min(len(DEFINITION), start + 40)))
    damage = data.draw(st.text(max_size=10) | YAML_PIECES)
    assert_only_definition_errors((DEFINITION[:start] + damage + DEFINITION[end:]).encode("utf-8", "surrogatepass"))
