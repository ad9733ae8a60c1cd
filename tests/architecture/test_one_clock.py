"""The time is read in one place, and the day of an instant is told in one place: where the client is."""

import ast

import pytest

from tests.architecture.source import PACKAGE, calls, parse, python_files, shown

READS_THE_TIME = {
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "datetime.date.today",
    "sqlalchemy.func.current_date",
    "sqlalchemy.func.current_timestamp",
    "sqlalchemy.func.now",
    "time.gmtime",
    "time.localtime",
    "time.time",
    "time.time_ns",
}
HOME = PACKAGE / "clock.py"


def readings(tree: ast.Module) -> list[ast.Call]:
    return [node for node, name in calls(tree) if name in READS_THE_TIME]


def test_only_the_clock_reads_the_time() -> None:
    found = [shown(path, node) for path in python_files() if path != HOME for node in readings(parse(path))]
    assert not found, f"take `now` as an argument; the entry point asks the clock: {found}"


def test_the_clock_reads_the_time() -> None:
    assert readings(parse(HOME))


@pytest.mark.parametrize(
    "lines",
    [
        "from datetime import datetime\ndatetime.now(UTC)",
        "from datetime import datetime as dt\ndt.utcnow()",
        "import datetime\ndatetime.date.today()",
        "import time\ntime.time()",
        "import time as t\nt.time_ns()",
        "from time import time\ntime()",
        "from sqlalchemy import func\nfunc.now()",
    ],
)
def test_it_sees_a_second_clock(lines: str) -> None:
    assert readings(ast.parse(lines))


@pytest.mark.parametrize("lines", ["clock.now()", "self.clock.now()", "import time\ntime.monotonic()"])
def test_it_lets_the_clock_and_durations_be(lines: str) -> None:
    assert not readings(ast.parse(lines))


def days_of_instants(tree: ast.Module) -> list[ast.Call]:
    """Return each `.date()` but that of a text just read, and each `fromisoformat(text[:10])`.

    A day that was typed has no zone; the first ten letters of an instant are its day in UTC.
    """
    cut = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "fromisoformat"
        and any(isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Slice) for each in node.args)
    ]
    return cut + [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "date"
        and not node.args
        and not node.keywords
        and not _is_read_from_text(node.func.value)
    ]


def _is_read_from_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "strptime"


def test_the_day_of_an_instant_is_told_in_one_place() -> None:
    found = [shown(path, node) for path in python_files() if path != HOME for node in days_of_instants(parse(path))]
    assert not found, f"ask clock.local_day(instant, zone), or web.today(zone), for the client's day: {found}"
    assert len(days_of_instants(parse(HOME))) == 1


@pytest.mark.parametrize(
    "lines",
    [
        "now.date()",
        "now().date()",
        "wave.closed_at.date().isoformat()",
        "instant.astimezone(zone).date()",
        "(now + AHEAD).date()",
        "datetime.fromisoformat(text).date()",
        "date.fromisoformat(text[:10])",
    ],
)
def test_it_sees_a_day_told_without_a_zone(lines: str) -> None:
    assert days_of_instants(ast.parse(lines))


@pytest.mark.parametrize(
    "lines",
    [
        "local_day(now, zone)",
        "date(2026, 3, 2)",
        "datetime.strptime(text, form).date()",
        "func.date(column)",
        "row.date",
    ],
)
def test_it_lets_days_without_an_instant_be(lines: str) -> None:
    assert not days_of_instants(ast.parse(lines))
