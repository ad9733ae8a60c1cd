"""A transaction ends in one place, `transaction()` in survey_app/db.py; a migration alone commits by itself."""

import ast
import re

import pytest

from tests.architecture.source import PACKAGE, calls, parse, python_files, shown

# A `begin()` block of a session, an engine or a connection commits when it ends.
ENDS_A_TRANSACTION = re.compile(r"\.commit$|(session|engine|connection|database|\(\))\.begin$", re.IGNORECASE)
HOME = PACKAGE / "db.py"
# A migration changes the tables, not what people entered in them: it is a transaction of its own.
MIGRATING = PACKAGE / "migrating.py"


def commits(tree: ast.Module) -> list[ast.AST]:
    by_call = [node for node, name in calls(tree) if ENDS_A_TRANSACTION.search(name)]
    by_statement = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.strip(" ;").upper() == "COMMIT"
    ]
    return [*by_call, *by_statement]


def test_only_the_database_module_and_a_migration_commit() -> None:
    found = [
        shown(path, node) for path in python_files() if path not in {HOME, MIGRATING} for node in commits(parse(path))
    ]
    assert not found, f"open `with transaction(session):` instead: {found}"


def test_the_database_module_commits_once() -> None:
    assert len([name for _, name in calls(parse(HOME)) if name.endswith(".commit")]) == 1


@pytest.mark.parametrize(
    "line",
    [
        "session.commit()",
        "self.session.commit()",
        "open_session().commit()",
        "engine.begin()",
        "run('commit;')",
    ],
)
def test_it_sees_a_second_commit(line: str) -> None:
    assert commits(ast.parse(line))


@pytest.mark.parametrize(
    "line", ["commitment = agreement.commitments", "record.begin()", "session.begin_nested()", "say('Commit to it')"]
)
def test_it_lets_other_words_be(line: str) -> None:
    assert not commits(ast.parse(line))
