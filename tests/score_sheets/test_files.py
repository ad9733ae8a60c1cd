"""The three files of an edition: complete, authentic, and altered as soon as one bit moves."""

import random
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
import xlsxwriter

from survey_app.score_sheets.files import export_edition
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.signing import public_key, sign
from survey_app.score_sheets.snapshot import canonical_json, digest, seal_edition, snapshot_of, write_json
from survey_app.score_sheets.verifying import Verdict, verify_file
from tests.score_sheets.conftest import KEY

PUBLIC = public_key(KEY)
OTHER = public_key(b"another-signing-key-of-32-bytes!")


@pytest.fixture
def files(edition: Edition, tmp_path: Path) -> dict[str, bytes]:
    return {path.suffix[1:]: path.read_bytes() for path in export_edition(edition, tmp_path, KEY)}


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "json"])
def test_a_file_as_issued_is_authentic(files: dict[str, bytes], kind: str, edition: Edition) -> None:
    finding = verify_file(files[kind], PUBLIC)
    assert finding.verdict is Verdict.AUTHENTIC
    assert finding.sealed is not None
    assert finding.sealed.sha256 == edition.sha256


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "json"])
def test_one_flipped_bit_is_seen_wherever_it_is(files: dict[str, bytes], kind: str) -> None:
    content, draw = files[kind], random.Random(kind)
    places = {*range(24), *range(len(content) - 260, len(content)), *draw.sample(range(len(content)), 100)}
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1 << draw.randrange(8)
        assert verify_file(bytes(flipped), PUBLIC).verdict is Verdict.ALTERED, place


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "json"])
def test_another_agency_finds_that_it_is_not_its_own(files: dict[str, bytes], kind: str) -> None:
    assert verify_file(files[kind], OTHER).verdict is Verdict.NOT_OURS


STRANGERS = [
    b"",
    b"{}",
    b"%PDF-1.4 hello %%EOF",
    b"PK\x03\x04",
    b"[1, 2]",
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"snapshot": {"a": "\\ud800"}}',
    b'{"snapshot": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}",
    b'{"snapshot": {"a": NaN}}',
    b'{"snapshot": {"a": ' + b"9" * 5000 + b"}}",
]


@pytest.mark.parametrize("content", STRANGERS)
def test_a_stranger_is_not_ours(content: bytes) -> None:
    assert verify_file(content, PUBLIC).verdict is Verdict.NOT_OURS


def respelled(archive: bytes, part: str, old: bytes, new: bytes) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as given, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as written:
        for name in given.namelist():
            content = given.read(name)
            written.writestr(name, content.replace(old, new, 1) if name.endswith(part) else content)
    return made.getvalue()


FAR_CELLS = [
    b'<sheetData><row r="1"><c r="XFD1048576"><v>1</v></c></row>',
    b"<sheetData><row r = '1'><c\nr='A4294967290'><v>1</v></c></row>",
    b'<sheetData><row r="4294967290"><c><v>1</v></c></row>',
]


@pytest.mark.parametrize("far", FAR_CELLS)
def test_a_small_workbook_that_is_huge_inside_is_refused_unread(files: dict[str, bytes], far: bytes) -> None:
    """A reader makes room for every empty cell up to the farthest one, and that ends the whole process."""
    sheet = BytesIO()
    stranger = xlsxwriter.Workbook(sheet, {"in_memory": True})
    stranger.add_worksheet("JSON").write_string(0, 0, "survey-seal/1")
    stranger.close()
    for book in (sheet.getvalue(), files["xlsx"]):
        blown = respelled(book, "sheet1.xml", b"<sheetData>", far)
        assert verify_file(blown, PUBLIC).verdict is not Verdict.AUTHENTIC
    hollow = respelled(files["xlsx"], "sheet1.xml", b"</sheetData>", b'<row r="1048576" ht="15"></row></sheetData>')
    assert verify_file(hollow, PUBLIC).is_saved_again, "an empty row at the very end makes no sheet huge"


def test_a_workbook_that_unzips_to_more_than_any_sheet_is_refused_unread(files: dict[str, bytes]) -> None:
    blown = respelled(files["xlsx"], "sharedStrings.xml", b"</t>", b"A" * 70_000_000 + b"</t>")
    assert len(blown) < 1_000_000
    assert verify_file(blown, PUBLIC).verdict is not Verdict.AUTHENTIC


def test_figures_signed_in_another_format_are_not_those_of_a_sheet(edition: Edition) -> None:
    text = canonical_json(snapshot_of(edition) | {"format": "score-sheet/0"})
    foreign = Edition(snapshot=text, sha256=digest(text), signature=sign(KEY, text.encode()))
    finding = verify_file(write_json(seal_edition(foreign, KEY)), PUBLIC)
    assert (finding.verdict, finding.parts) == (Verdict.ALTERED, ("layout",))
