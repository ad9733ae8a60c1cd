"""The documents tell every setting, command and decision that exists, and none that does not."""

import argparse
import re
from collections.abc import Iterator

import click
import pytest
from flask import Flask

import tasks
from survey_app.cli import register_commands
from survey_app.settings import Settings
from tests.architecture.source import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
NUMBERS = [path.name[:4] for path in DECISIONS]
USAGE = re.compile(r"^\| `flask --app wsgi (?P<path>[a-z-]+(?: [a-z-]+)*)(?P<rest>[^`]*)`", re.MULTILINE)


def walk(command: click.Command, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield a command and all below it, each with the words that call it."""
    if path:
        yield " ".join(path), command
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from walk(below, *path, name)


def real_commands() -> dict[str, click.Command]:
    app = Flask("documented")
    register_commands(app)
    return dict(walk(app.cli))


REAL = real_commands()
CALLED = {path: command for path, command in REAL.items() if not isinstance(command, click.Group)}
DOCUMENTED = {found["path"]: found["rest"] for found in USAGE.finditer(COMMANDS)}


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_readme(name: str) -> None:
    assert f"`SURVEY_{name.upper()}`" in README


def test_every_setting_says_what_it_is_for() -> None:
    assert not [name for name, field in Settings.model_fields.items() if not field.description]


def test_every_command_is_documented_and_every_documented_one_exists() -> None:
    assert len(CALLED) > 20
    assert set(DOCUMENTED) == set(CALLED)


@pytest.mark.parametrize("path", sorted(CALLED))
def test_what_a_command_takes_is_documented_with_what_may_be_left_out(path: str) -> None:
    taken = {
        (name if isinstance(each, click.Option) else (each.name or "").upper(), each.required)
        for each in CALLED[path].params
        for name in (each.opts[0], *each.secondary_opts)
    }
    words = re.findall(r"(\[?)(--[a-z-]+|[A-Z_]{3,}(?=\]?(?: |$)))", without_values(DOCUMENTED[path]))
    assert {(word, bracket == "") for bracket, word in words} == taken


def without_values(rest: str) -> str:
    """Leave out what stands after an option: `--client KEY` and `--period 2026-H1`."""
    return re.sub(r"(--[a-z-]+) [^\]\s\[][^\]\s]*", r"\1", rest)


@pytest.mark.parametrize("path", sorted(REAL))
def test_the_help_of_every_command_shows_an_example_of_it(path: str) -> None:
    text = " ".join(REAL[path].get_help(click.Context(REAL[path], info_name=path)).split())
    assert re.search(rf"Example: (?:\w+=\S+ )*flask --app wsgi {path}\b", text), text


def test_every_task_of_the_checkout_is_documented_and_no_other() -> None:
    actions = tasks.build_parser()._actions
    names = next(set(each.choices) for each in actions if isinstance(each, argparse._SubParsersAction))
    assert set(re.findall(r"^\| `python3 tasks.py (\w+)", COMMANDS, re.MULTILINE)) == names


def test_the_readme_leads_to_the_commands_and_to_the_house() -> None:
    assert "(docs/commands.md)" in README
    assert "(docs/house.md)" in README


def test_the_decisions_are_numbered_in_order_without_a_gap() -> None:
    assert [f"{number:04}" for number in range(1, len(DECISIONS) + 1)] == NUMBERS
    for path in DECISIONS:
        assert path.read_text(encoding="utf-8").startswith(f"# {path.name[:4]}. ")


def test_a_decision_that_was_replaced_and_the_one_that_replaces_it_name_each_other() -> None:
    texts = {path.name[:4]: path.read_text(encoding="utf-8") for path in DECISIONS}
    replaced = {(old, new) for old, text in texts.items() for new in re.findall(r"[Rr]eplaced by (\d{4})", text)}
    replacing = {(old, new) for new, text in texts.items() for old in re.findall(r"Replaces (\d{4})", text)}
    assert replaced
    assert replaced == replacing


def test_every_decision_that_is_referred_to_exists() -> None:
    files = [*DECISIONS, ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    named = {number for path in files for number in re.findall(r"\b0\d{3}\b", path.read_text(encoding="utf-8"))}
    assert named <= set(NUMBERS)
