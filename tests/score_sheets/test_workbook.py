"""The workbook computes the amount again, live, from the anonymous marks."""

import re
import shutil
import subprocess
import zipfile
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from survey_app.score_sheets.signing import public_key, sign
from survey_app.score_sheets.snapshot import SealedEdition, canonical_json, digest, seal_edition, snapshot_of
from survey_app.score_sheets.verifying import Verdict, verify_file
from survey_app.score_sheets.xlsx.workbook import build_workbook, write_xlsx
from tests.conftest import skip_or_fail
from tests.score_sheets.conftest import KEY, LINES, make_stage, marks

MALUS = {"most": "2000", "acceptance": "Accepted by both parties in March."}
SCHEMES: dict[str, dict[str, Any]] = {
    "linear": {"amount": "12000"},
    "thirds": {"amount": "10000", "curve": {"shape": "linear", "start": "6", "full": "9"}},
    "tiers": {"amount": "12000", "curve": {"shape": "steps", "steps": [["6.5", "30"], ["7.5", "60"], ["8.5", "100"]]}},
    "levels": {
        "fees": "250000",
        "percent": "7.5",
        "curve": {"shape": "levels", "minimum": "6", "required": "7", "inflection": "8", "incentive": "9.5"},
    },
    "all or nothing": {"amount": "9999.99", "curve": {"shape": "all_or_nothing"}},
    "gate, floor, cap, part": {
        "amount": "12000",
        "cap": "9000",
        "floor": "3000",
        "gates": [{"subject": LINES[0]}],
        "prorata": {"part": 5, "whole": 12},
    },
    "closed gate": {"amount": "12000", "floor": "3000", "gates": [{"subject": "overall", "minimum": "9.5"}]},
    "deduction": {
        "amount": "12000",
        "malus": MALUS,
        "curve": {"shape": "points", "points": [["7", "-100"], ["8", "0"], ["9", "100"]]},
    },
    "themes": {"amount": "12000", "scope": "themes"},
    "the whole": {"amount": "12000", "scope": "overall"},
    "written shares": {
        "amount": "12000",
        "parts": [
            {"subject": LINES[0], "share": "70", "curve": {"shape": "all_or_nothing"}},
            {"subject": LINES[2], "share": "30"},
        ],
    },
    "inconclusive": {"amount": "12000", "inconclusive": "only_when_met"},
    "carried over": {"amount": "12000", "not_measurable": "carried_over"},
}
MARKS = {
    "full": marks((8, 9, 8, 7), (7, 7, 7, 7), (6, 6, 7, 9)),
    "silent": marks((8, 9, 8, None), (7, 8, 7, None), (None, None, None, None)),
}


def without_values(archive: bytes) -> bytes:
    """Take the stored results out of every formula, so that only a real computation can bring them back."""
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as old, zipfile.ZipFile(made, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename.startswith("xl/worksheets/"):
                content = re.sub(rb"</f><v>[^<]*</v>", b"</f>", content)
            new.writestr(item.filename, content)
    return made.getvalue()


def recomputed(books: dict[str, bytes], folder: Path) -> dict[str, bytes]:
    """Let LibreOffice open, compute and save workbooks."""
    if shutil.which("soffice") is None:
        skip_or_fail("LibreOffice is not installed: apt-get install libreoffice-calc")
    for name, content in books.items():
        (folder / f"{name}.xlsx").write_bytes(content)
    command = [
        "soffice",
        "--headless",
        f"-env:UserInstallation=file://{folder}/profile",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(folder / "out"),
        *(str(folder / f"{name}.xlsx") for name in books),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return {name: (folder / "out" / f"{name}.xlsx").read_bytes() for name in books}


def cells(content: bytes, sheet: str) -> list[list[Any]]:
    rows: list[list[Any]] = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name(sheet).to_python()
    return rows


def final_amount(content: bytes) -> float:
    return float(next(row[7] for row in reversed(cells(content, "Bonus")) if row[7] != ""))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_libreoffice_computes_every_amount_to_the_cent(session: Session, tmp_path: Path) -> None:
    books, amounts = {}, {}
    for place, (scheme, answers) in enumerate((s, m) for s in SCHEMES for m in MARKS):
        with session.begin_nested() as savepoint:
            stage = make_stage(session, scheme=SCHEMES[scheme])
            stage.close_wave(marks((7, 7, 7, 7), (7, 7, 7, 7), (7, 7, 7, 7)))
            wave = stage.close_wave(MARKS[answers])
            sealed = seal_edition(stage.issue(wave), KEY)
            books[f"book{place}"] = without_values(build_workbook(sealed, "en"))
            amounts[f"book{place}"] = (scheme, answers, float(stage.bonus(wave).amount))
            savepoint.rollback()
    found = {name: final_amount(content) for name, content in recomputed(books, tmp_path).items()}
    assert {name: (*amounts[name][:2], amount) for name, amount in found.items()} == amounts
    assert len({amount for *_, amount in amounts.values()}) > len(SCHEMES), "the examples hardly differ"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_each_level_of_a_scale_stands_under_its_heading(session: Session, language: str) -> None:
    """One line pays by three tiers, the other all or nothing: their levels share the same columns."""
    tiers = {"shape": "steps", "steps": [["6.5", "30"], ["7.5", "60"], ["8.5", "100"]]}
    parts = [
        {"subject": LINES[0], "share": "70", "curve": tiers},
        {"subject": LINES[2], "share": "30", "curve": {"shape": "all_or_nothing"}},
    ]
    stage = make_stage(session, scheme={"amount": "12000", "parts": parts})
    stage.close_wave(marks((7, 7, 7, 7), (7, 7, 7, 7), (7, 7, 7, 7)))
    sealed = seal_edition(stage.issue(stage.close_wave(MARKS["full"])), KEY)
    rows = cells(build_workbook(sealed, language), {"fr": "Prime", "en": "Bonus"}[language])
    heads = rows[5]
    assert len(set(heads)) == len(heads), "no two columns have one name"
    names = {"fr": ("Note {}", "Payé {}"), "en": ("Mark {}", "Paid {}")}[language]
    for row, part in zip(rows[6:8], sealed.snapshot["bonus"]["trace"]["parts"], strict=True):
        told = dict(zip(heads, row, strict=True))
        for place in range(3):
            mark, paid = part["points"][place] if place < len(part["points"]) else ("", "")
            assert told[names[0].format(place + 1)] == (float(Fraction(mark)) if mark else "")
            assert told[names[1].format(place + 1)] == (float(Fraction(paid)) / 100 if paid else "")


def test_a_long_name_has_the_height_that_it_needs(edition: Any) -> None:
    """A spreadsheet program shows what a row has room for: the rest would lie over the next line."""
    snapshot = snapshot_of(edition)
    label = "Respect " * 24
    snapshot["lines"][1]["label"] = {"fr": label, "en": label}
    content = canonical_json(snapshot)
    sealed = SealedEdition(content, digest(content), sign(KEY, content.encode()), "")
    archive = zipfile.ZipFile(BytesIO(build_workbook(sealed, "en")))
    for sheet, row in (("sheet2.xml", 6), ("sheet4.xml", 8)):
        found = re.search(rf'<row r="{row}"[^>]* ht="([\d.]+)"', archive.read(f"xl/worksheets/{sheet}").decode())
        assert found is not None, sheet
        # 192 letters in a column of some 36 to 40: at least five lines.
        assert float(found[1]) >= 5 * 13


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_libreoffice_passes_seven_and_not_a_hair_under_it(session: Session, tmp_path: Path) -> None:
    """The marks make 7, then 1399/200, which is 6.995, then 7 again: a machine number must not tip them over."""
    stage = make_stage(session, n_contacts=200, scheme={"amount": "12000", "curve": {"shape": "all_or_nothing"}})
    stage.close_wave(marks([7] * 200, [7] * 200, [7] * 200))
    wave = stage.close_wave(marks([7] * 200, [6, *[7] * 199], [6, 8, *[7] * 198]))
    book = without_values(build_workbook(seal_edition(stage.issue(wave), KEY), "en"))
    saved = recomputed({"seven": book}, tmp_path)["seven"]
    assert [row[10] for row in cells(saved, "Marks")[4:7]] == ["no", "yes", "no"]
    assert [row[7] for row in cells(saved, "Bonus")[6:9]] == [4000, 0, 4000]
    assert final_amount(saved) == 8000


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_workbook_saved_by_libreoffice_is_compared_cell_by_cell(edition: Any, tmp_path: Path) -> None:
    issued = write_xlsx(seal_edition(edition, KEY), "fr", KEY)
    saved = recomputed({"saved": issued}, tmp_path)["saved"]
    finding = verify_file(saved, public_key(KEY))
    assert finding.verdict is Verdict.AUTHENTIC, finding.cells
    assert finding.is_saved_again


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_changed_cell_is_named(edition: Any) -> None:
    sealed = seal_edition(edition, KEY)
    plain = build_workbook(sealed, "en")
    forged = BytesIO()
    with zipfile.ZipFile(BytesIO(plain)) as old, zipfile.ZipFile(forged, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "xl/worksheets/sheet2.xml":
                content = re.sub(rb'(<c r="R5"[^>]*><v>)[^<]*', rb"\g<1>10", content)
            new.writestr(item.filename, content)
    finding = verify_file(forged.getvalue(), public_key(KEY))
    assert finding.verdict is Verdict.ALTERED
    assert finding.cells == ("Marks!R5",)


def test_a_workbook_writes_the_decimals_of_the_agreement_and_hides_no_breach(session: Session) -> None:
    stage = make_stage(session, n_contacts=3)
    stage.version.rounding_digits = 1
    stage.version.commitments[2].threshold = Decimal("6.667")
    edition = stage.issue(stage.close_wave(marks((8, 9, 8), (7, 7, 7), (6, 7, 7))))
    book = load_workbook(BytesIO(build_workbook(seal_edition(edition, KEY), "en")))
    written = [row[9].number_format for row in book["Marks"].iter_rows(min_row=5, max_row=7)]
    # 20 / 3 is under 6.667: it reads 6.6667, never 6.7; so do the bounds of a score that is certain.
    assert written == ["0.0", "0.0", "0.0000"]
    assert [row[12].number_format for row in book["Marks"].iter_rows(min_row=5, max_row=7)] == written
    paid = [row[1].number_format for row in book["Bonus"].iter_rows(min_row=7, max_row=9)]
    assert paid == written
