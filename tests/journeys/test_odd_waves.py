"""Waves of odd shapes tell the same wherever they are read: page, table, drawings, sheet, PDF, workbook, JSON."""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from flask import Flask
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.score_sheets.files import export_edition
from tests.score_sheets.conftest import KEY, NOT_APPLICABLE, enter, make_stage
from tests.scores.cast import drawings_of

AVAILABILITY = "service_account_team_availability"
# People's marks, then what is printed: the score, the state, how many answered of how many it concerns.
WAVES: Mapping[str, tuple[Sequence[int | str | None], str, str, str, str]] = {
    "nobody answered": ([None] * 3, "–", "Not measurable", "0", "3"),
    "one of one": ([7], "7.00", "Met", "1", "1"),
    "one of two": ([7, None], "7.00", "Inconclusive", "1", "2"),
    "all equal": ([9, 9, 9, None], "9.00", "Inconclusive", "3", "4"),
    "all not applicable": ([NOT_APPLICABLE, NOT_APPLICABLE], "–", "Not measurable", "0", "0"),
    "not applicable is not 0": ([8, NOT_APPLICABLE], "8.00", "Met", "1", "1"),
    "a thousandth under": ([7] * 999 + [6], "6.999", "Not met", "1000", "1000"),
    "300 people": ([8] * 200 + [None] * 100, "8.00", "Met", "200", "300"),
    "301 people": ([8] * 200 + [None] * 101, "8.00", "Met", "200", "301"),
}


@pytest.mark.parametrize("name", WAVES)
def test_a_wave_of_an_odd_shape_tells_the_same_everywhere(
    app: Flask, session: Session, tmp_path: Path, name: str
) -> None:
    marks, printed, state, n, population = WAVES[name]
    stage = make_stage(session, n_contacts=len(marks), lines=(AVAILABILITY,))
    edition = stage.issue(stage.close_wave({AVAILABILITY: marks}))
    session.commit()
    lead = enter(app, "camille@agence.test", "Camille Laurent", Role.ADMINISTRATOR)
    base = f"/waves/{edition.sheet.wave_id}/results"
    text = lead.get(base).text
    page = re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", text))
    assert all(words in page for words in (printed, f"{state} ", f"{n} of {population}"))
    rows = list(csv.reader(StringIO(lead.get(f"{base}.csv").text.lstrip("\ufeff"))))
    assert [rows[1][column] for column in (2, 4, 5, 6)] == [printed, state, n, population]
    drawings = drawings_of(lead, f"{base}.zip") if f'href="{base}.zip"' in text else {}
    assert bool(drawings) is (printed != "–")
    assert not [name for name, drawing in drawings.items() if "nan" in drawing.lower()]
    line = json.loads(edition.snapshot)["lines"][0]
    assert (line["printed"] or "–", str(line["n"]), str(line["population"])) == (printed, n, population)
    assert line["state"] == state.lower().replace(" ", "_")
    sheet = lead.get(f"/sheets/{edition.sheet_id}").text
    assert printed in sheet
    assert state in sheet
    files = {path.suffix: path for path in export_edition(edition, tmp_path, KEY)}
    assert printed.replace(".", ",") in "\n".join(each.extract_text() for each in PdfReader(files[".pdf"]).pages)
    assert in_workbook(files[".xlsx"]) == ("" if printed == "–" else printed, n, population)


def in_workbook(path: Path) -> tuple[str, str, str]:
    """Return score, answered and asked of the one line of the marks."""
    book = CalamineWorkbook.from_filelike(BytesIO(path.read_bytes()))
    row = next(row for row in book.get_sheet_by_name("Notes").to_python() if "Disponibilité" in str(row[0]))
    score = str(row[9])
    n, population = (str(int(float(str(row[column])))) for column in (4, 3))
    return (f"{float(score):.3f}".removesuffix("0") if score[:1].isdigit() else "", n, population)
