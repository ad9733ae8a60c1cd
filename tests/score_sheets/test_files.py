"""The three files of an edition: complete, authentic, and altered as soon as one bit moves."""

import random
from pathlib import Path

import pytest

from survey_app.score_sheets.exporting import export_edition
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.signing import public_key
from survey_app.score_sheets.verifying import Verdict
from survey_app.score_sheets.verifying_files import verify_file
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


STRANGERS = [b"", b"{}", b"%PDF-1.4 hello %%EOF", b"PK\x03\x04", b"[1, 2]", b"\xff\xfe\x00", b"[" * 100_000]


@pytest.mark.parametrize("content", STRANGERS)
def test_a_stranger_is_not_ours(content: bytes) -> None:
    assert verify_file(content, PUBLIC).verdict is Verdict.NOT_OURS
