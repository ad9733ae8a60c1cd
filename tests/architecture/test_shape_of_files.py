"""Files stay short, and their names say what is inside."""

from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT, TEMPLATES, python_files

MOST_LINES = 400
SAYS_NOTHING = {
    "utils",
    "util",
    "helpers",
    "helper",
    "misc",
    "manager",
    "data",
    "info",
    "item",
    "process",
    "handle",
}


def is_too_long(text: str) -> bool:
    return len(text.splitlines()) > MOST_LINES


def says_nothing(path: Path) -> bool:
    """Tell whether a module or a folder on the way to it bears a name that fits anything."""
    return any(set(part.removesuffix(".py").split("_")) & SAYS_NOTHING for part in path.parts)


def test_no_file_is_too_long() -> None:
    files = [ROOT / "tasks.py", *python_files(), *python_files(ROOT / "tests"), *TEMPLATES.rglob("*.html")]
    found = [path.relative_to(ROOT) for path in files if is_too_long(path.read_text(encoding="utf-8"))]
    assert not found, f"longer than {MOST_LINES} lines; find the second thing it does: {found}"


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = [path.relative_to(ROOT) for path in python_files() if says_nothing(path.relative_to(PACKAGE))]
    assert not found, f"name what the module holds: {found}"


def test_it_sees_a_file_that_is_too_long() -> None:
    assert is_too_long("line\n" * (MOST_LINES + 1))
    assert not is_too_long("line\n" * MOST_LINES)


@pytest.mark.parametrize("name", ["utils.py", "scores/helpers.py", "misc/rules.py", "scores/score_utils.py"])
def test_it_sees_a_name_that_says_nothing(name: str) -> None:
    assert says_nothing(Path(name))


def test_it_lets_a_name_that_says_something_be() -> None:
    assert not says_nothing(Path("scores/rules.py"))
    assert not says_nothing(Path("closing/processing_times.py"))
