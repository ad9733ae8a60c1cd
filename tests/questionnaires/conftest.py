"""A folder of definitions to write in, and one short definition to start from."""

from pathlib import Path

import pytest

from tests.questionnaires.writing import SHORT, Write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "questionnaires"
    folder.mkdir()
    return folder


@pytest.fixture
def short() -> str:
    """A whole definition, valid as it stands."""
    return SHORT


@pytest.fixture
def write(folder: Path) -> Write:
    def write_definition(text: str = SHORT, key: str = "short", version: int = 1) -> Path:
        file = folder / key / f"v{version}.yaml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write_definition
