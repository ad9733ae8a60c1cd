"""The ratios beside a mark are on the sheet in all its files, exact, and sheets sealed before them still verify."""

import json
from datetime import date, timedelta
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy import update
from sqlalchemy.orm import Session

from survey_app.measurements.models import Measurement
from survey_app.score_sheets.checking import recomputed_differences, stored_differences
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.pdf.document import write_pdf
from survey_app.score_sheets.public_views import SCHEMA
from survey_app.score_sheets.sheet import show_sheet
from survey_app.score_sheets.signing import public_key
from survey_app.score_sheets.snapshot import (
    SealedEdition,
    seal_edition,
    snapshot_of,
    write_json,
)
from survey_app.score_sheets.xlsx.workbook import build_workbook
from tests.score_sheets.conftest import ACTOR, KEY, LINES, NOW, Stage, make_stage, marks
from tests.score_sheets.test_workbook import recomputed, without_values

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
RESTORED = {
    "key": "restored_within_4h",
    "label_fr": "Incidents rétablis en moins de 4 heures",
    "label_en": "Incidents restored within 4 hours",
    "expression": "100 * restored / incidents",
    "counts": [
        {"key": "restored", "label_fr": "Incidents rétablis", "label_en": "Incidents restored"},
        {"key": "incidents", "label_fr": "Incidents", "label_en": "Incidents"},
    ],
}


def count(stage: Stage, restored: str, incidents: str, month: int) -> None:
    first = date(2026, month, 1)
    stage.session.add(
        Measurement(
            agreement_id=stage.version.agreement_id,
            indicator_key=LINES[0],
            period_key=f"2026-{month:02d}",
            starts_on=first,
            ends_on=first + timedelta(days=27),
            observed_on=first + timedelta(days=20),
            counts={"restored": restored, "incidents": incidents},
            value=None,
            source="hand",
            entered_by="Omar",
            entered_at=NOW,
            validated_by=ACTOR,
            validated_at=NOW,
        )
    )


def counted_edition(session: Session, *counts: tuple[str, str]) -> Edition:
    stage = make_stage(session)
    stage.version.commitments[0].definition = {"companions": [RESTORED]}
    stage.close_wave(marks((7, 7, 7, 7), (7, 7, 7, 7), (7, 7, 7, 7)))
    for place, (restored, incidents) in enumerate(counts):
        count(stage, restored, incidents, 4 + place)
    return stage.issue(stage.close_wave(marks((8, 9, 8, 7), (7, 7, 7, 7), (6, 6, 7, 9))))


def seal(session: Session) -> SealedEdition:
    """Three of four incidents, then nine of ten: 12 of 14 together, never the mean of two percentages."""
    return seal_edition(counted_edition(session, ("3", "4"), ("9", "10")), KEY)


def test_the_ratio_is_exact_and_beside_the_mark(session: Session) -> None:
    edition = counted_edition(session, ("3", "4"), ("9", "10"))
    snapshot = snapshot_of(edition)
    line = snapshot["lines"][0]
    assert [one["exact"] for one in line["companions"]] == [str(Fraction(1200, 14))]
    assert line["exact"] == "8", "the ratio is no part of the mark"
    assert [fact["count_labels"]["incidents"]["fr"] for fact in snapshot["facts"]] == ["Incidents", "Incidents"]
    assert recomputed_differences(snapshot) == []
    line["companions"][0]["exact"] = "90"
    assert recomputed_differences(snapshot) == [f"{LINES[0]}: companion"]


def test_a_count_edited_by_hand_is_told(session: Session) -> None:
    edition = counted_edition(session, ("3", "4"))
    assert stored_differences(session, edition, [public_key(KEY)]) == []
    session.execute(update(Measurement).values(counts={"restored": "4", "incidents": "4"}))
    session.expire_all()
    (told,) = stored_differences(session, edition, [public_key(KEY)])
    assert told == f"facts: {LINES[0]} of April 2026 was changed after the sheet was sealed"


def test_a_ratio_over_no_incident_is_not_measurable(session: Session) -> None:
    sealed = seal_edition(counted_edition(session, ("0", "0")), KEY)
    assert [one["exact"] for one in sealed.snapshot["lines"][0]["companions"]] == [None]
    assert show_sheet(sealed, "en").lines[0].companions == ("Incidents restored within 4 hours: –",)


def test_nothing_counted_says_nothing(session: Session) -> None:
    assert snapshot_of(counted_edition(session))["lines"][0]["companions"] == []


def test_the_pdf_the_page_and_the_json_say_it(session: Session) -> None:
    sealed = seal(session)
    printed = "".join(page.extract_text() for page in PdfReader(BytesIO(write_pdf(sealed, "fr", KEY))).pages)
    for told in (printed, " ".join(show_sheet(sealed, "fr").lines[0].companions)):
        assert "85,7" in told
    assert "Incidents = 4, Incidents rétablis = 3" in printed.replace("\n", " ")
    schema = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    schema.validate(json.loads(write_json(sealed)))


def test_the_workbook_computes_it_live(session: Session, tmp_path: Path) -> None:
    book = without_values(build_workbook(seal(session), "en"))
    saved = recomputed({"facts": book}, tmp_path)["facts"]
    rows = CalamineWorkbook.from_filelike(BytesIO(saved)).get_sheet_by_name("Facts").to_python()
    assert rows[-1][3] == pytest.approx(12 / 14, abs=1e-12)
