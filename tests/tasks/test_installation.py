"""Installing once: at once the second time, again after a cut, and with a sentence when it cannot be done."""

import importlib.util
import sys
from pathlib import Path

import pytest

import tasks


class Installation:
    """A project folder with locked lists, where pip only writes down what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.steps: list[str] = []
        self.fails_at = ""

    def pip(self, *arguments: str) -> None:
        if arguments[-1] == self.fails_at:
            raise tasks.TaskError("cut off")
        self.steps.append(arguments[-1])

    def lock(self, name: str, text: str) -> None:
        (self.folder / "requirements" / f"{name}.txt").write_text(text, encoding="utf-8")


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    for folder in ("requirements", ".venv"):
        (tmp_path / folder).mkdir()
    for name in ("build", *tasks.WIDENING):
        made.lock(name, f"{name}==1")
    monkeypatch.setattr(tasks, "REQUIREMENTS", tmp_path / "requirements")
    monkeypatch.setattr(tasks, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(tasks, "STAMP", tmp_path / ".venv" / "installed")
    monkeypatch.setattr(tasks, "make_virtual_environment", lambda: made.steps.append("venv"))
    monkeypatch.setattr(tasks, "pip", made.pip)
    return made


def test_the_second_time_nothing_is_installed(installation: Installation) -> None:
    tasks.install("demo")
    tasks.install("demo")
    assert installation.steps == ["venv", "build.txt", "demo.txt"]


def test_a_wider_list_serves_the_narrower_command(installation: Installation) -> None:
    tasks.install("test")
    tasks.install("run")
    assert installation.steps == ["venv", "build.txt", "test.txt"]


def test_a_narrower_list_does_not_serve_the_wider_command(installation: Installation) -> None:
    tasks.install("run")
    tasks.install("test")
    assert installation.steps[-1] == "test.txt"


def test_a_cut_installation_is_repeated(installation: Installation) -> None:
    installation.fails_at = "demo.txt"
    with pytest.raises(tasks.TaskError):
        tasks.install("demo")
    installation.fails_at = ""
    tasks.install("demo")
    assert installation.steps == ["venv", "build.txt", "venv", "build.txt", "demo.txt"]


def test_a_cut_update_does_not_pass_for_the_older_installation(installation: Installation) -> None:
    tasks.install("run")
    installation.lock("run", "run==2")
    installation.fails_at = "run.txt"
    with pytest.raises(tasks.TaskError):
        tasks.install("run")
    installation.lock("run", "run==1")
    assert not tasks.is_installed("run")


@pytest.mark.parametrize("changed", ["run", "build"])
def test_a_changed_lock_is_installed(changed: str, installation: Installation) -> None:
    tasks.install("run")
    installation.lock(changed, "changed==2")
    assert not tasks.is_installed("run")


def test_another_python_installs_again(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    tasks.install("run")
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert not tasks.is_installed("run")


def test_a_project_that_was_moved_installs_again(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tasks.install("run")
    (tmp_path / ".venv").rename(tmp_path / "moved")
    monkeypatch.setattr(tasks, "VENV", tmp_path / "moved")
    monkeypatch.setattr(tasks, "STAMP", tmp_path / "moved" / "installed")
    assert not tasks.is_installed("run")


def test_a_python_without_venv_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tasks, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(tasks.TaskError, match="apt install python3-venv"):
        tasks.make_virtual_environment()


@pytest.mark.parametrize(
    ("script", "usable"),
    [
        (None, False),
        ("#!/moved/away/python\n", False),
        ("#!/bin/sh\nexit 1\n", False),
        ("#!/bin/sh\necho 'pip 26 from here (python 3.99)'\n", False),
        ("#!/bin/sh\necho 'pip 26 from here (python {version[0]}.{version[1]})'\n", True),
    ],
    ids=["none", "moved", "broken", "another Python", "whole"],
)
def test_only_a_whole_virtual_environment_is_usable(
    script: str | None, usable: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tasks, "VENV", tmp_path)
    if script is not None:
        pip = tmp_path / "bin" / "pip"
        pip.parent.mkdir()
        pip.write_text(script.format(version=sys.version_info), encoding="utf-8")
        pip.chmod(0o700)
    assert tasks.is_usable() == usable


def pip_that_says(folder: Path, complaint: str) -> str:
    script = folder / "python"
    script.write_text(f"#!/bin/sh\necho '{complaint}' >&2\nexit 1\n", encoding="utf-8")
    script.chmod(0o700)
    return str(script)


@pytest.mark.parametrize(
    ("complaint", "sentence"),
    [
        ("Retrying after connection broken by NewConnectionError(...)", "no package index answered"),
        ("THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE", "not the one that was locked"),
        ("No space left on device", "could not be installed"),
    ],
)
def test_a_complaint_of_pip_is_shown_and_explained(
    complaint: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake = pip_that_says(tmp_path, complaint)
    monkeypatch.setattr(tasks, "program", lambda name: fake)
    with pytest.raises(tasks.TaskError, match=sentence):
        tasks.pip("--requirement", "run.txt")
    assert complaint in capsys.readouterr().err


def test_what_would_lead_out_of_the_virtual_environment_is_left_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("SURVEY_TIME_ZONE", "Europe/Paris")
    child = tasks.environment(SURVEY_ENVIRONMENT="development")
    assert child.keys().isdisjoint({"PYTHONPATH", "PIP_TARGET"})
    assert (child["SURVEY_TIME_ZONE"], child["SURVEY_ENVIRONMENT"]) == ("Europe/Paris", "development")
    assert child["PATH"].startswith(str(tasks.VENV))
