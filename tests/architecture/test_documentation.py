"""The README tells every setting and every command that exists."""

from pathlib import Path

import pytest

from survey_app.settings import Settings

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"`SURVEY_{name.upper()}`" in README.read_text(encoding="utf-8")


def test_every_setting_says_what_it_is_for() -> None:
    assert not [name for name, field in Settings.model_fields.items() if not field.description]
