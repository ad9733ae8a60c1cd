"""Imports run one way, stand at the top, and name declared packages only."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT, calls, parse, python_files, shown

LINTER = Path(sys.executable).with_name("lint-imports")
# Resolves `create_app` on demand, so that the pure rooms import without Flask.
LAZY_BY_DESIGN = PACKAGE / "__init__.py"


def contracts_hold(folder: Path) -> tuple[bool, str]:
    done = subprocess.run([LINTER, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def house_with(folder: Path, files: dict[str, str]) -> Path:
    """Build a small house under the project's own contracts."""
    (folder / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    rooms = {f"survey_app/{name}/__init__.py": "" for name in ("statistics", "questionnaires", "scores", "closing")}
    for name, text in ({"survey_app/__init__.py": "", "survey_app/db.py": ""} | rooms | files).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def test_the_import_contracts_hold() -> None:
    hold, report = contracts_hold(ROOT)
    assert hold, report


def test_a_house_in_order_keeps_the_contracts(tmp_path: Path) -> None:
    files = {"survey_app/closing/service.py": "import survey_app.scores\nimport survey_app.statistics"}
    hold, report = contracts_hold(house_with(tmp_path, files))
    assert hold, report


@pytest.mark.parametrize(
    "files",
    [
        {"survey_app/scores/queries.py": "import survey_app.closing"},
        {"survey_app/statistics/means.py": "import survey_app.db"},
        {"survey_app/statistics/means.py": "import sqlalchemy"},
        {"survey_app/questionnaires/reading.py": "import flask"},
        {"survey_app/scores/rules.py": "from sqlalchemy import select"},
        {"survey_app/scores/rules.py": "import survey_app.db", "survey_app/db.py": "import sqlalchemy"},
        {"survey_app/scores/service.py": "from flask import request"},
        {"survey_app/scores/models.py": "import flask"},
        {
            "survey_app/scores/queries.py": "import survey_app.scores.asking",
            "survey_app/scores/asking.py": "import flask",
        },
        {
            "survey_app/bonuses/__init__.py": "import survey_app.action_plans",
            "survey_app/action_plans/__init__.py": "",
        },
        {"survey_app/cli.py": "import survey_app.worker", "survey_app/worker.py": "import survey_app.cli"},
        {"survey_app/a_new_room/__init__.py": ""},
    ],
    ids=lambda files: " + ".join(f"{Path(name).stem}: {text}" for name, text in files.items()),
)
def test_a_wall_that_is_broken_is_seen(files: dict[str, str], tmp_path: Path) -> None:
    hold, report = contracts_hold(house_with(tmp_path, files))
    assert not hold
    assert "BROKEN" in report or "a_new_room" in report


def hidden_imports(tree: ast.Module) -> list[ast.AST]:
    """Return the imports of our own modules that stand inside a function."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    inside = {id(node): node for function in functions for node in ast.walk(function)}
    by_statement = [node for node in inside.values() if is_own_import(node)]
    by_call = [
        node
        for node, name in calls(tree)
        if name.endswith(("import_module", "__import__")) and node.args and "survey_app" in ast.unparse(node.args[0])
    ]
    return [*by_statement, *by_call]


def is_own_import(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return any(alias.name.split(".")[0] == "survey_app" for alias in node.names)
    return isinstance(node, ast.ImportFrom) and (node.level > 0 or (node.module or "").split(".")[0] == "survey_app")


def test_our_own_modules_are_imported_at_the_top() -> None:
    files = [path for path in python_files() if path != LAZY_BY_DESIGN]
    found = [shown(path, node) for path in files for node in hidden_imports(parse(path))]
    assert not found, f"a wall is in the wrong place: {found}"


@pytest.mark.parametrize(
    "line",
    [
        "import survey_app.db",
        "from survey_app.db import Base",
        "from . import rules",
        "import_module('survey_app.db')",
    ],
)
def test_it_sees_an_import_inside_a_function(line: str) -> None:
    assert hidden_imports(ast.parse(f"def close():\n    {line}"))


def test_it_lets_heavy_packages_load_inside_a_function() -> None:
    assert not hidden_imports(ast.parse("import survey_app.db\ndef draw():\n    import reportlab"))


def normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


# What loads an extra says what to do without it; `test_start_up` holds that it is imported where it is used.
OWN_EXTRAS = {"demo": "demo", "score_sheets": "pades"}


def declared(room: str = "") -> set[str]:
    """Return what a room may count on: the dependencies, the database drivers, and the extra that is its own."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    own = extras[OWN_EXTRAS[room]] if room in OWN_EXTRAS else []
    requirements = [*project["dependencies"], *extras["postgres"], *own]
    return {normalised(re.split(r"[\[<>=!~; ]", requirement)[0]) for requirement in requirements}


@cache
def distributions_of() -> Mapping[str, list[str]]:
    return packages_distributions()


def undeclared(tree: ast.Module, known: set[str]) -> set[str]:
    distributions = distributions_of()
    modules = {name.split(".")[0] for name in imported_modules(tree)}
    foreign = modules - set(sys.stdlib_module_names) - {"survey_app"}
    return {name for name in foreign if not {normalised(d) for d in distributions.get(name, ())} & known}


def imported_modules(tree: ast.Module) -> set[str]:
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}


def test_every_package_that_is_imported_is_declared() -> None:
    files = {path.relative_to(PACKAGE): parse(path) for path in python_files()}
    found = {path.as_posix(): undeclared(tree, declared(path.parts[0])) for path, tree in files.items()}
    assert not {path: names for path, names in found.items() if names}, "add it to pyproject.toml and lock"


def test_it_sees_a_package_that_is_not_declared() -> None:
    assert undeclared(ast.parse("import pytest\nfrom flask import g\nimport json"), declared()) == {"pytest"}
    assert undeclared(ast.parse("import rich"), declared("scores")) == {"rich"}
    assert undeclared(ast.parse("import pyhanko"), declared("scores")) == {"pyhanko"}
    assert not undeclared(ast.parse("import rich"), declared("demo"))
