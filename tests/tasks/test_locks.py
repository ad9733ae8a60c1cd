"""What is installed is what was locked: every package, with its version and its hashes."""

import re
import tomllib
from pathlib import Path

import pytest

import tasks

ROOT = Path(__file__).resolve().parents[2]
LISTS = ("build", "pades", *tasks.WIDENING)
PINNED = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^ ;]+)", re.MULTILINE)
ENTRY = re.compile(r"[a-z0-9-]+==[^ ;]+( ; [^\\]+?)?( \\\n    --hash=sha256:[0-9a-f]{64})+")


def text_of(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def versions(name: str) -> dict[str, str]:
    return {found["name"]: found["version"] for found in PINNED.finditer(text_of(name))}


def loose_entries(text: str) -> list[str]:
    """Return the entries that are not a version with its hashes: an index, a folder, an address."""
    entries = re.split(r"\n(?! )", text.strip())
    return [entry for entry in entries if not ENTRY.fullmatch(entry)]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_holds_versions_with_hashes_and_nothing_else(name: str) -> None:
    assert versions(name)
    assert loose_entries(text_of(name)) == []


@pytest.mark.parametrize("line", ["flask>=3", "flask==3.1.3", "--index-url https://x.example", "a @ file:///x", "# by"])
def test_it_sees_a_loose_entry(line: str) -> None:
    assert loose_entries(f"{text_of('build')}{line}\n") == [line]


def test_each_list_holds_the_one_before_in_the_same_versions() -> None:
    for narrower, wider in zip(tasks.WIDENING, tasks.WIDENING[1:], strict=False):
        assert versions(narrower).items() <= versions(wider).items()


@pytest.mark.parametrize("name", tasks.WIDENING)
def test_every_declared_package_is_locked(name: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [line for extra in tasks.EXTRAS[name] for line in project["optional-dependencies"][extra]]
    declared = {re.split(r"[\[<>=!~; ]", line)[0].replace(".", "-") for line in [*project["dependencies"], *extras]}
    assert declared <= versions(name).keys(), "run: python3 tasks.py lock"
