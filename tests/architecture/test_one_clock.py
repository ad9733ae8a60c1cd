"""The time is read in one place, so that a story of half a year can be played in a second."""

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
