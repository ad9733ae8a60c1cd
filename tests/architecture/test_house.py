"""The house is calm: few files, of a length that is read in one sitting, under names that docs/house.md explains."""

import re
from pathlib import Path
from statistics import median

import pytest

from tests.architecture.source import PACKAGE, ROOT, python_files

LEAST_NAMED = 0.60
MOST_FILES = 340
MOST_MEDIAN_LINES = 130
LEAST_ROOMS_OF_A_NAME = 2

ROW = re.compile(r"^\| `(?P<name>[a-z_]+)` \| (?P<holds>[^|]+) \|", re.MULTILINE)


def vocabulary(text: str) -> dict[str, str]:
    """Return the names of the vocabulary, with the line that says what each holds."""
    return {found["name"]: found["holds"].strip() for found in ROW.finditer(text)}


def room_modules() -> list[Path]:
    """Return the modules inside the rooms, from the room on; the file that only makes a folder a package is none."""
    modules = [path.relative_to(PACKAGE) for path in python_files() if path.name != "__init__.py"]
    return [path for path in modules if len(path.parts) > 1]


def named_share(modules: list[Path], names: set[str]) -> float:
    return sum(path.stem in names for path in modules) / len(modules)


VOCABULARY = vocabulary((ROOT / "docs" / "house.md").read_text(encoding="utf-8"))


def test_most_modules_bear_a_name_of_the_vocabulary() -> None:
    found = named_share(room_modules(), set(VOCABULARY))
    assert found >= LEAST_NAMED, f"{found:.0%} of the room modules bear a name of docs/house.md"


def test_the_house_has_few_files() -> None:
    n = len(python_files())
    assert n <= MOST_FILES, f"{n} files: let a module grow before you add one"


def test_a_usual_file_is_read_at_a_glance() -> None:
    assert median(len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()) <= MOST_MEDIAN_LINES


@pytest.mark.parametrize("name", sorted(VOCABULARY))
def test_a_name_of_the_vocabulary_recurs(name: str) -> None:
    rooms = {path.parts[:-1] for path in room_modules() if path.stem == name}
    assert len(rooms) >= LEAST_ROOMS_OF_A_NAME, f"{name} is borne in {len(rooms)} rooms: it is not vocabulary"


def test_the_vocabulary_holds_the_names_that_every_room_shares() -> None:
    assert {"models", "rules", "queries", "service", "forms", "views", "commands", "mails"} <= set(VOCABULARY)
    assert all(VOCABULARY.values())


def test_it_sees_a_house_of_other_names() -> None:
    names = set(vocabulary("| `rules` | pure decisions | nothing |\n| name | holds | never |"))
    assert names == {"rules"}
    assert named_share([Path("scores/rules.py"), Path("scores/around.py")], names) == 0.5
