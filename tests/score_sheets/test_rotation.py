"""The signing key is replaced; what the old one signed stays authentic, and a stranger's key stays a stranger's."""

import base64
from io import BytesIO
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from pydantic import SecretStr
from sqlalchemy.orm import Session

from survey_app.db import Database
from survey_app.doctor import look_at_signing_keys
from survey_app.errors import Refusal
from survey_app.score_sheets.commands import sheets
from survey_app.score_sheets.files import export_edition
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.signing import public_key, public_key_id, sign, spell_key, trusted_keys
from survey_app.score_sheets.snapshot import (
    SealedEdition,
    canonical_json,
    digest,
    seal_edition,
    snapshot_of,
    write_json,
)
from survey_app.score_sheets.verifying import Verdict, verify_file
from survey_app.settings import Settings
from tests.score_sheets.conftest import KEY, NEW_KEY

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OLD, NEW, STRANGER = public_key(KEY), public_key(NEW_KEY), public_key(b"a-stranger's-key-of-32-bytes-!!!")


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(sheets, list(arguments))


@pytest.fixture
def rotated(app: Flask, edition: Edition, session: Session) -> Flask:
    """Give the application after the rotation: its sheets bear the old key."""
    # What was built stays readable without opening a second writing transaction.
    session.expire_on_commit = False
    session.commit()
    settings: Settings = app.extensions["survey_settings"]
    app.extensions["survey_settings"] = settings.model_copy(
        update={
            "signing_key": SecretStr(base64.b64encode(NEW_KEY).decode()),
            "retired_public_keys": f" {spell_key(OLD)}, {spell_key(STRANGER)}",
        }
    )
    return app


def forget_the_old_key(app: Flask) -> None:
    app.extensions["survey_settings"] = app.extensions["survey_settings"].model_copy(update={"retired_public_keys": ""})


@pytest.mark.parametrize("place", [0, 1, 2], ids=["pdf", "xlsx", "json"])
def test_a_file_from_before_the_rotation_stays_authentic(edition: Edition, tmp_path: Path, place: int) -> None:
    content = export_edition(edition, tmp_path, KEY)[place].read_bytes()
    finding = verify_file(content, NEW, OLD)
    assert finding.verdict is Verdict.AUTHENTIC
    assert finding.public_key == spell_key(OLD)
    assert verify_file(content, NEW).verdict is Verdict.NOT_OURS
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 4
    assert verify_file(bytes(flipped), NEW, OLD).verdict is Verdict.ALTERED


@pytest.mark.parametrize("place", [0, 1, 2], ids=["pdf", "xlsx", "json"])
def test_an_old_edition_is_written_anew_with_the_key_that_signed_it(
    edition: Edition, tmp_path: Path, place: int
) -> None:
    before = export_edition(edition, tmp_path / "before", KEY)[place].read_bytes()
    after = export_edition(edition, tmp_path / "after", NEW_KEY, retired=(OLD,))[place].read_bytes()
    finding = verify_file(after, NEW, OLD)
    assert (finding.verdict, finding.public_key) == (Verdict.AUTHENTIC, spell_key(OLD))
    length = 230 if place < 2 else 0
    assert before[: len(before) - length] == after[: len(after) - length], "only the seal of the file is new"


def test_a_file_whose_key_was_replaced_by_a_retired_one_is_altered(edition: Edition) -> None:
    content = write_json(seal_edition(edition, KEY)).replace(spell_key(OLD).encode(), spell_key(NEW).encode())
    finding = verify_file(content, NEW, OLD)
    assert finding.verdict is Verdict.ALTERED


def test_the_commands_know_the_retired_key(rotated: Flask, edition: Edition, tmp_path: Path) -> None:
    for path in export_edition(edition, tmp_path, KEY):
        told = run(rotated, "verify", str(path))
        assert told.exit_code == 0, told.output
        assert f"authentic (public key {public_key_id(OLD)}, retired)" in told.output
    assert run(rotated, "check").exit_code == 0
    assert run(rotated, "export", str(edition.sheet.wave_id), "--to", str(tmp_path / "again")).exit_code == 0
    for path in (tmp_path / "again").iterdir():
        assert run(rotated, "verify", str(path)).exit_code == 0
    forget_the_old_key(rotated)
    assert run(rotated, "verify", str(path)).exit_code != 0
    assert run(rotated, "check").exit_code == 1


def test_another_machine_needs_the_public_keys_alone(rotated: Flask, edition: Edition, tmp_path: Path) -> None:
    listed = run(rotated, "public-key", "--all").output.splitlines()
    assert [line.split()[1:] for line in listed[:2]] == [
        [public_key_id(NEW), "in", "use"],
        [public_key_id(OLD), "retired"],
    ]
    assert run(rotated, "public-key").output == spell_key(NEW) + "\n"
    keys = [argument for line in listed for argument in ("--public-key", line.split()[0])]
    forget_the_old_key(rotated)
    for path in export_edition(edition, tmp_path, KEY):
        assert run(rotated, "verify", str(path), *keys).exit_code == 0
        assert run(rotated, "verify", str(path), *keys[:2]).exit_code == 2


def forged(edition: Edition, amount: str) -> bytes:
    """Sign other figures with the old key, as its thief could."""
    snapshot = snapshot_of(edition)
    snapshot["bonus"]["amount"] = amount
    text = canonical_json(snapshot)
    return write_json(SealedEdition(text, digest(text), sign(KEY, text.encode()), spell_key(OLD)))


def test_a_sheet_of_a_stolen_key_is_not_in_the_database(rotated: Flask, edition: Edition, tmp_path: Path) -> None:
    path = tmp_path / "forged.json"
    path.write_bytes(forged(edition, "999999.00"))
    told = run(rotated, "verify", str(path))
    assert told.exit_code == 1
    assert "does not hold this edition" in told.output
    page = rotated.test_client().post("/s/verify", data={"file": (BytesIO(path.read_bytes()), "forged.json")})
    assert "ne détient pas cette édition" in page.text


@pytest.mark.parametrize("place", [0, 1], ids=["pdf", "xlsx"])
def test_a_stolen_key_dresses_no_figures_in_other_pages(
    rotated: Flask, edition: Edition, tmp_path: Path, place: int
) -> None:
    """The attached figures are the genuine ones; what people read on the pages is the thief's."""
    edition.signature = sign(NEW_KEY, edition.snapshot.encode())
    honest, dressed = (
        export_edition(edition, tmp_path / name, key, retired=(OLD, NEW))[place]
        for name, key in (("honest", NEW_KEY), ("dressed", KEY))
    )
    assert verify_file(honest.read_bytes(), NEW, OLD).verdict is Verdict.AUTHENTIC
    finding = verify_file(dressed.read_bytes(), NEW, OLD)
    assert (finding.verdict, finding.parts) == (Verdict.ALTERED, ("sealer",))
    page = rotated.test_client().post("/s/verify", data={"file": (BytesIO(dressed.read_bytes()), "sheet")}).text
    assert "une clé déjà retirée" in page


@pytest.mark.parametrize("place", [0, 1], ids=["pdf", "xlsx"])
def test_a_file_sealed_before_the_rotation_says_so(
    rotated: Flask, edition: Edition, tmp_path: Path, place: int
) -> None:
    for key, is_told in ((KEY, True), (NEW_KEY, False)):
        path = export_edition(edition, tmp_path / str(is_told), key, retired=(OLD,))[place]
        assert ("sealed with a retired key" in run(rotated, "verify", str(path)).output) is is_told
        page = rotated.test_client().post("/s/verify", data={"file": (BytesIO(path.read_bytes()), "sheet")}).text
        assert ("scellé lui aussi avec une clé retirée" in page) is is_told


def test_the_public_page_knows_the_retired_key(rotated: Flask, edition: Edition, tmp_path: Path) -> None:
    (_, _, path) = export_edition(edition, tmp_path, KEY)
    browser = rotated.test_client()
    page = browser.post("/s/verify", data={"file": (BytesIO(path.read_bytes()), "sheet.json")}).text
    assert "notice--success" in page
    assert f"avec la clé {public_key_id(OLD)}, que l’agence a retirée" in page
    for key in (OLD, NEW):
        assert spell_key(key) in browser.get("/s/verify").text.replace("&#43;", "+")


def test_the_rotation_is_explained_with_what_to_keep(rotated: Flask) -> None:
    told = run(rotated, "rotate-key").output
    assert f"SURVEY_RETIRED_PUBLIC_KEYS={spell_key(NEW)},{spell_key(OLD)},{spell_key(STRANGER)}\n" in told
    assert base64.b64encode(NEW_KEY).decode() not in told, "no private key on the screen"


def test_the_doctor_misses_a_forgotten_key(rotated: Flask, database: Database) -> None:
    assert look_at_signing_keys(rotated.extensions["survey_settings"], database) == ""
    forget_the_old_key(rotated)
    assert "SURVEY_RETIRED_PUBLIC_KEYS" in look_at_signing_keys(rotated.extensions["survey_settings"], database)


def test_a_retired_key_that_is_none_is_refused(settings: Settings, database: Database) -> None:
    wrong = settings.model_copy(update={"retired_public_keys": "AAAA"})
    with pytest.raises(Refusal):
        trusted_keys(wrong)
    assert "cannot be read" in look_at_signing_keys(wrong, database)
