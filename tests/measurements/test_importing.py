"""A table of counts: pasted or uploaded, all rows or none, every wrong row told with its line."""

from fractions import Fraction
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.agreements.models import Agreement
from survey_app.clock import SettableClock
from survey_app.db import Database
from survey_app.measurements.forms import facts_table
from survey_app.measurements.models import Measurement
from survey_app.measurements.reading import Gathered
from survey_app.measurements.rules import parse_period
from survey_app.measurements.service import import_facts
from survey_app.tables.reading import Understood
from tests.measurements.conftest import ENTERED
from tests.progress import follow_progress

H1 = parse_period("2026-H1")
GOOD = """indicator;count;value;date;note
D1;deliveries_on_time;46;30/06/2026;Outil de suivi
time_delivery;Livraisons attendues;48;;
F5;Montant réglé en retard (€);1 250,50;2026-06-30;
finance_payment_timeliness;revenue_due;80000;;
Qualité;;;;
"""


def look(session: Session, agreement: Agreement, clock: SettableClock, text: str) -> Understood[Gathered]:
    kind = facts_table(session, agreement.versions[0], H1, clock.now())
    table = kind.read(text.encode())
    return kind.understand(table, kind.guess(table))


def wrong_lines(session: Session, agreement: Agreement, clock: SettableClock, text: str) -> list[int]:
    return [problem.line for problem in look(session, agreement, clock, text).problems]


def take(session: Session, agreement: Agreement, clock: SettableClock, text: str) -> list[Measurement]:
    found = look(session, agreement, clock, text)
    assert not found.problems
    return import_facts(session, H1, found.rows, ENTERED, clock.now(), "paste")


def test_lines_and_counts_are_found_by_key_reference_or_name(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    rows = {row.indicator_key: row for row in take(session, agreement, clock, GOOD)}
    assert set(rows) == {"time_delivery", "finance_payment_timeliness"}
    assert rows["time_delivery"].value == Fraction(4600, 48)
    assert rows["time_delivery"].note == "Outil de suivi"
    assert rows["finance_payment_timeliness"].counts["revenue_paid_late"] == "2501/2"


def test_every_wrong_row_is_told_with_its_line_and_nothing_is_taken(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    text = (
        "indicator,count,value,date\nZ9,steps,3,\nD1,livres,3,\nD1,deliveries_on_time,-3,\n"
        "D1,deliveries_due,dix,\nF5,revenue_due,10,31/02/2026\nS1,incidents,4,2026-12-31\n"
    )
    assert wrong_lines(session, agreement, clock, text) == [2, 3, 4, 5, 6, 7]


def test_a_note_that_no_database_would_take_is_refused(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    assert wrong_lines(session, agreement, clock, "indicator;count;value;note\nD1;deliveries_due;49;nul\x00\n") == [2]


def test_a_count_given_twice_is_refused(session: Session, agreement: Agreement, clock: SettableClock) -> None:
    assert wrong_lines(session, agreement, clock, GOOD + "D1;deliveries_due;49;;\n") == [7]


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["measurements", "import", *arguments])
    return result.exit_code, result.output


def test_the_command_imports_a_file(
    app: Flask,
    session: Session,
    agreement: Agreement,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session.commit()
    session.close()
    path = tmp_path / "faits.csv"
    path.write_text(GOOD, encoding="utf-8")
    lines = follow_progress(monkeypatch)
    command = ["measurements", "import", str(path), "--client", "valrose", "--period", "2026-H1"]
    result = app.test_cli_runner().invoke(args=command)
    assert (result.exit_code, result.stdout) == (0, "2 lines entered; a second person validates them.\n")
    assert lines == {"Importing facts": (2, 2)}
    assert "Importing facts" in result.stderr
    with database.reading() as reading:
        assert {row.source for row in reading.scalars(select(Measurement))} == {"command"}


@pytest.mark.parametrize(
    ("client_key", "period", "sentence"),
    [
        ("inconnu", "2026-H1", "no client with the identifier inconnu"),
        ("valrose", "2026-H9", "is not a period"),
    ],
)
def test_the_command_says_what_is_wrong(
    app: Flask,
    session: Session,
    agreement: Agreement,
    tmp_path: Path,
    client_key: str,
    period: str,
    sentence: str,
) -> None:
    session.commit()
    session.close()
    path = tmp_path / "faits.csv"
    path.write_text(GOOD, encoding="utf-8")
    code, output = run(app, str(path), "--client", client_key, "--period", period)
    assert code == 1
    assert sentence in output


def test_the_command_lists_the_wrong_rows(
    app: Flask, session: Session, agreement: Agreement, database: Database, tmp_path: Path
) -> None:
    session.commit()
    session.close()
    path = tmp_path / "faits.csv"
    path.write_text(GOOD + "Z9;steps;3;;\n", encoding="utf-8")
    code, output = run(app, str(path), "--client", "valrose", "--period", "2026-H1")
    assert code == 1
    assert "line 7: “Z9” is no line" in output
    with database.reading() as reading:
        assert reading.scalars(select(Measurement)).all() == []
