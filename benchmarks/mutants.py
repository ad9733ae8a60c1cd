"""Put small wrong changes into one module of rules, and count those that its tests notice.

    python benchmarks/mutants.py survey_app/scores/rules.py tests/scores
    python benchmarks/mutants.py survey_app/bonuses/rules.py tests/bonuses tests/journeys --most 40

Each change is one wrong rule: `<` for `<=`, `and` for `or`, a number one off, a condition that always or never holds, a
statement left out, the other enum member. The file itself is never touched: a child process compiles the changed source
in its place, and runs the tests until the first one fails. What no test noticed is printed with its line; the exit code
is 1 below the share that --least asks for (0.95).
"""

import argparse
import ast
import copy
import faulthandler
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

# Loaded once, before the children: what is not ours takes most of a child's start.
import alembic.command
import flask_babel
import flask_wtf
import playwright.sync_api
import pydantic_settings
import pytest
import scipy.stats
import sqlalchemy.orm

ROOT = Path(__file__).resolve().parents[1]
COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}
LOADED = (alembic, flask_babel, flask_wtf, playwright, pydantic_settings, scipy, sqlalchemy)
SECONDS = 300


def changes_at(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Yield each wrong change of one node, with what it does in words."""
    yield from changed_operators(copy.deepcopy(node))
    match copy.deepcopy(node):
        case ast.Constant(value=bool(value)) as changed:
            changed.value = not value
            yield f"{value} -> {not value}", changed
        case ast.Constant(value=int(value)) as changed:
            changed.value = value + 1
            yield f"{value} -> {value + 1}", changed
        case ast.If() | ast.IfExp() as changed:
            for holds in (True, False):
                other = copy.deepcopy(changed)
                other.test = ast.Constant(holds)
                yield f"condition always {holds}", other
        case ast.Raise() | ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield f"left out: {ast.unparse(node)[:60]}", ast.Pass()


def changed_operators(changed: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    match changed:
        case ast.Compare(ops=[first, *_]) if type(first) in COMPARISONS:
            changed.ops[0] = COMPARISONS[type(first)]()
            yield f"{type(first).__name__} -> {type(changed.ops[0]).__name__}", changed
        case ast.BoolOp():
            changed.op = ast.Or() if isinstance(changed.op, ast.And) else ast.And()
            yield "and <-> or", changed
        case ast.UnaryOp(op=ast.Not()):
            yield "not left out", changed.operand
        case ast.BinOp(op=operator) if type(operator) in ARITHMETIC:
            changed.op = ARITHMETIC[type(operator)]()
            yield f"{type(operator).__name__} -> {type(changed.op).__name__}", changed


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


class Replace(ast.NodeTransformer):
    """Put one node in the place of another."""

    def __init__(self, place: int, by: ast.AST) -> None:
        self.place, self.by, self.seen = place, by, -1

    def visit(self, node: ast.AST) -> ast.AST:
        self.seen += 1
        if self.seen == self.place:
            return ast.copy_location(self.by, node)
        return self.generic_visit(node)


def all_changes(source: str) -> list[tuple[int, str, str]]:
    """Return line, words and the whole changed source of every wrong change; annotations and texts stay."""
    found = []
    count = [-1]

    def walk(node: ast.AST, is_kept: bool) -> None:
        count[0] += 1
        place = count[0]
        if not is_kept:
            for words, changed in changes_at(node):
                tree = ast.fix_missing_locations(Replace(place, changed).visit(ast.parse(source)))
                found.append((getattr(node, "lineno", 0), words, ast.unparse(tree)))
        for name, value in ast.iter_fields(node):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    walk(child, is_kept or name in {"annotation", "returns", "decorator_list"} or is_text(child))

    walk(ast.parse(source), is_kept=False)
    return found


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Load one module from changed source, wherever it is imported from."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        self.name, self.path, self.source = name, path, source

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.source, str(self.path), "exec"), module.__dict__)  # noqa: S102 - that is what a mutant is


def is_noticed(path: Path, source: str, tests: list[str]) -> bool:
    """Run the tests on the changed module in a child, and tell whether one failed."""
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        name = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".")
        sys.meta_path.insert(0, Changed(name, path, source))
        # A change that never ends is one that a person would notice.
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        os._exit(int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", "-k", "not postgresql", *tests])))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) != 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Count the wrong rules that tests notice.")
    parser.add_argument("module", type=Path)
    parser.add_argument("tests", nargs="+")
    parser.add_argument("--most", type=int, default=0, help="try this many, drawn by chance (all by default)")
    parser.add_argument("--least", type=float, default=0.95, help="the share that must be noticed")
    options = parser.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    path = options.module.resolve()
    source = path.read_text(encoding="utf-8")
    if is_noticed(path, source, options.tests):
        sys.exit("These tests fail on the module as it is: mend that first.")
    changes = all_changes(source)
    if options.most and len(changes) > options.most:
        changes = sorted(random.Random(0).sample(changes, options.most))
    missed = []
    for number, (line, words, changed) in enumerate(changes, 1):
        if not is_noticed(path, changed, options.tests):
            missed.append((line, words))
            print(f"not noticed  {options.module}:{line}  {words}", flush=True)
        if sys.stderr.isatty():
            print(f"\r{number} of {len(changes)}", end="", file=sys.stderr)
    share = 1 - len(missed) / len(changes) if changes else 1.0
    print(f"{options.module}: {len(changes) - len(missed)} of {len(changes)} noticed ({share:.0%})")
    return int(share < options.least)


if __name__ == "__main__":
    sys.exit(main())
