"""A table of counts: pasted or uploaded, all rows or none, every wrong row told with its line."""

import io
import zipfile
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.agreements.models import Agreement
from survey_app.clock import SettableClock
from survey_app.db import Database
from survey_app.errors import Invalid
from survey_app.measurements.importing import BadTable, import_rows
from survey_app.measurements.models import Measurement
from survey_app.measurements.periods import parse_period
from survey_app.measurements.tables import read_pasted, read_table
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


def take(session: Session, agreement: Agreement, clock: SettableClock, text: str) -> list[Measurement]:
    return import_rows(session, agreement, agreement.versions[0], H1, read_pasted(text), ENTERED, clock.now(), "paste")


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
    with pytest.raises(BadTable) as refusal:
        take(session, agreement, clock, text)
    assert [problem.number for problem in refusal.value.problems] == [2, 3, 4, 5, 6, 7]


def test_a_note_that_no_database_would_take_is_refused(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    with pytest.raises(BadTable) as refusal:
        take(session, agreement, clock, "indicator;count;value;note\nD1;deliveries_due;49;nul\x00\n")
    assert [problem.number for problem in refusal.value.problems] == [2]


def test_a_count_given_twice_is_refused(session: Session, agreement: Agreement, clock: SettableClock) -> None:
    with pytest.raises(BadTable) as refusal:
        take(session, agreement, clock, GOOD + "D1;deliveries_due;49;;\n")
    assert [problem.number for problem in refusal.value.problems] == [7]


def spreadsheet(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.create_sheet("Faits", 0)
    for row in rows:
        sheet.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_spreadsheet_reads_like_a_csv() -> None:
    content = spreadsheet(
        [
            ["Indicateur", "Décompte", "Valeur"],
            ["D1", "deliveries_due", 48],
            ["D1", "deliveries_on_time", 46.5],
        ]
    )
    assert [row.cells["value"] for row in read_table("faits.xlsx", content)] == ["48", "46.5"]
    assert [row.number for row in read_table("faits.xlsx", content)] == [2, 3]


def test_a_csv_of_a_french_spreadsheet_program_is_read() -> None:
    content = "indicateur;décompte;valeur\nD1;deliveries_due;48".encode("cp1252")
    assert read_table("faits.csv", content)[0].cells["count"] == "deliveries_due"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("vide.csv", b"", "no row to read"),
        ("entete.csv", b"indicator,count,value\n", "no row to read"),
        ("colonnes.csv", b"indicator,value\nD1,3", "Missing: count"),
        ("faux.xlsx", b"PK\x03\x04 rien", "cannot be read"),
        ("lourd.csv", b"x" * (2 * 1024 * 1024 + 1), "larger than 2 MB"),
        ("long.csv", b"indicator,count,value\n" + b"D1,a,1\n" * 2001, "more than 2000 rows"),
        ("guillemets.csv", b'indicator,count,value\n"D1"x,a,1', "not a readable CSV"),
    ],
)
def test_a_file_that_is_no_table_is_refused(name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        read_table(name, content)


def test_a_spreadsheet_that_swells_is_refused_before_it_is_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (41 * 1024 * 1024))
    with pytest.raises(Invalid, match="too large once unzipped"):
        read_table("bombe.xlsx", target.getvalue())


def test_a_spreadsheet_with_a_cell_far_away_is_refused_before_it_is_read() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b'<sheetData><row r="1"><c r="XFD1048576"><v>1</v></c></row>')
    with pytest.raises(Invalid, match="too large once unzipped"):
        read_table("loin.xlsx", target.getvalue())


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
