"""What a person types, from wherever they stand."""

import ast
import os
import runpy
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest

import tasks

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("demo", "run", "test", "lint", "lock", "help")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Record the commands that would start, and the lists that would be installed, instead of doing it."""
    seen: list[list[str]] = []

    def start(command: list[str], **_more: str) -> int:
        seen.append([Path(command[0]).name, *command[1:]])
        return 0

    monkeypatch.setattr(tasks, "start", start)
    monkeypatch.setattr(tasks, "install", lambda name: seen.append(["install", name]))
    return seen


def run_tasks(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command file as a stranger would: from elsewhere, with an empty home."""
    command = [sys.executable, str(ROOT / "tasks.py"), *arguments]
    home = {**os.environ, "HOME": str(folder)}
    return subprocess.run(command, cwd=folder, env=home, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "help"])
def test_each_command_explains_itself_with_an_example(command: str, tmp_path: Path) -> None:
    done = run_tasks(command, "--help", folder=tmp_path)
    assert done.returncode == 0
    assert f"example: python3 tasks.py {command}" in done.stdout


@pytest.mark.parametrize("arguments", [(), ("help",), ("--help",)])
def test_help_names_every_command(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = run_tasks(*arguments, folder=tmp_path)
    assert done.returncode == 0
    assert all(f"    {command} " in done.stdout for command in COMMANDS)


@pytest.mark.parametrize("arguments", [("dmeo",), ("demo", "--pot", "80"), ("demo", "--port", "99999"), ("lint", "x")])
def test_a_slip_is_refused_before_anything_is_installed(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = run_tasks(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert "error:" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_older_python_can_read_the_file_as_far_as_the_sentence() -> None:
    ast.parse((ROOT / "tasks.py").read_text(encoding="utf-8"), feature_version=(3, 7))


def test_an_older_python_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer, and this is Python 3\.9\."):
        runpy.run_path(str(ROOT / "tasks.py"))


def test_the_demo_receives_its_flags_and_a_folder_relative_to_the_person(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    options = tasks.parse(["demo", "--once", "--port", "8080", "--data-dir", "here"])
    assert tasks.demo(options) == 0
    flags = ["--once", "--port", "8080", "--data-dir", str(tmp_path / "here")]
    assert started == [["install", "demo"], ["python", "-m", "survey_app.demo", *flags]]


def test_the_demo_without_flags_adds_none(started: list[list[str]]) -> None:
    tasks.demo(tasks.parse(["demo"]))
    assert started[-1] == ["python", "-m", "survey_app.demo"]


def test_all_checks_run_before_the_tests(started: list[list[str]]) -> None:
    assert tasks.test(tasks.parse(["test"])) == 0
    assert [command[0] for command in started] == [
        "install",
        "ruff",
        "ruff",
        "mypy",
        "lint-imports",
        "djlint",
        "python",
    ]
    assert started[-1][1:] == ["-m", "pytest", "-n", "auto"]


def test_named_tests_run_alone_with_their_arguments_word_for_word(started: list[list[str]]) -> None:
    tasks.test(tasks.parse(["test", "tests/scores", "-k", "breach", "--lf"]))
    assert started[1:] == [["python", "-m", "pytest", "-n", "auto", "tests/scores", "-k", "breach", "--lf"]]


@pytest.mark.parametrize("tool", ["ruff", "mypy", "lint-imports", "djlint", "python"])
def test_one_failure_fails_the_command_and_the_rest_still_runs(
    tool: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    names: list[str] = []

    def start(command: list[str], **_more: str) -> int:
        names.append(Path(command[0]).name)
        return int(names[-1] == tool)

    monkeypatch.setattr(tasks, "start", start)
    monkeypatch.setattr(tasks, "install", lambda name: None)
    assert tasks.test(Namespace(pytest=[])) == 1
    assert names == ["ruff", "ruff", "mypy", "lint-imports", "djlint", "python"]
    assert ("Not passed:" in capsys.readouterr().err) == (tool != "python")


def test_run_stops_when_the_database_cannot_be_brought_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "install", lambda name: None)
    monkeypatch.setattr(tasks, "development_settings", lambda port: {})
    monkeypatch.setattr(tasks, "start", lambda command, **more: 1)
    with pytest.raises(tasks.TaskError, match="brought up to date"):
        tasks.run(tasks.parse(["run"]))


def test_a_setting_of_the_environment_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SURVEY_ENVIRONMENT", raising=False)
    monkeypatch.setenv("SURVEY_PUBLIC_BASE_URL", "https://survey.example.com")
    settings = tasks.development_settings(5000)
    assert "SURVEY_PUBLIC_BASE_URL" not in settings
    assert settings["SURVEY_ENVIRONMENT"] == "development"


def test_make_knows_the_same_commands() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [aliases] = [line.split(":")[1].split() for line in makefile.splitlines() if line.startswith(".PHONY")]
    assert set(aliases) == {"demo", "test", "run", "help"} <= set(COMMANDS)
