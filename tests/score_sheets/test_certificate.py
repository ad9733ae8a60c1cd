"""PDFs signed with a certificate too: valid for any reader of PAdES, still sealed, refused when it cannot be."""

import asyncio
import importlib.util
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID
from flask import Flask
from pydantic import SecretStr
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pypdf import PdfReader
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.db import Database
from survey_app.doctor import look_at_certificate
from survey_app.errors import Refusal
from survey_app.score_sheets.certificates import certifier, read_certificate
from survey_app.score_sheets.commands import sheets
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.pdf.document import write_pdf
from survey_app.score_sheets.signing import public_key
from survey_app.score_sheets.snapshot import seal_edition
from survey_app.score_sheets.verifying import Verdict, verify_file
from survey_app.settings import Settings
from tests.score_sheets.conftest import KEY, enter

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
PASSPHRASE = "a passphrase of the tests"
OURS = public_key(KEY)
Make = Callable[..., Settings]


@pytest.fixture
def configured(settings: Settings, tmp_path: Path) -> Make:
    """Give the settings with a self-made certificate, valid a year around the day of the tests."""

    def make(starts: datetime = NOW - timedelta(days=100), n_days: int = 365) -> Settings:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Agence Verte")])
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(starts)
            .not_valid_after(starts + timedelta(days=n_days))
            .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
            .sign(key, SHA256())
        )
        (tmp_path / "certificate.der").write_bytes(made.public_bytes(Encoding.DER))
        bundle = tmp_path / "certificate.p12"
        encryption = BestAvailableEncryption(PASSPHRASE.encode())
        bundle.write_bytes(pkcs12.serialize_key_and_certificates(b"agency", key, made, None, encryption))
        return settings.model_copy(
            update={
                "pades_certificate": str(bundle),
                "pades_passphrase": SecretStr(PASSPHRASE),
                "signing_key": SecretStr("dGVzdC1zaWduaW5nLWtleS1vZi0zMi1ieXRlcy0hISE="),
            }
        )

    return make


@pytest.fixture
def signed(edition: Edition, configured: Make) -> bytes:
    certify = certifier(configured(), NOW)
    assert certify is not None
    return write_pdf(seal_edition(edition, KEY), "fr", KEY, "https://x.test", certify)


def judge(document: bytes, certificate: Path) -> PdfSignatureStatus:
    """Let pyHanko's own validator look at the only signature of a document."""
    (signature,) = PdfFileReader(BytesIO(document)).embedded_regular_signatures
    root = asn1_x509.Certificate.load(certificate.read_bytes())
    trust = ValidationContext(trust_roots=[root], moment=NOW)
    # Browser tests leave an event loop running in this thread, and the validator wants one of its own.
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(validate_pdf_signature, signature, trust).result()


def test_an_independent_validator_trusts_the_signature_over_the_whole_file(signed: bytes, tmp_path: Path) -> None:
    status = judge(signed, tmp_path / "certificate.der")
    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert status.signer_reported_dt == NOW
    assert b"/ETSI.CAdES.detached" in signed


def test_a_thread_that_runs_an_event_loop_can_sign_too(edition: Edition, configured: Make, tmp_path: Path) -> None:
    async def sign() -> bytes:
        return write_pdf(seal_edition(edition, KEY), "fr", KEY, "https://x.test", certifier(configured(), NOW))

    with ThreadPoolExecutor(1) as apart:
        signed = apart.submit(asyncio.run, sign()).result()
    assert judge(signed, tmp_path / "certificate.der").bottom_line


def test_the_signed_document_still_verifies_and_carries_its_figures(signed: bytes, edition: Edition) -> None:
    finding = verify_file(signed, OURS)
    assert finding.verdict is Verdict.AUTHENTIC
    assert finding.sha256 == edition.sha256
    assert list(PdfReader(BytesIO(signed)).attachments) == [f"{edition.sheet.reference}-1.json"]
    assert verify_file(signed, public_key(b"another-signing-key-of-32-bytes!")).verdict is Verdict.NOT_OURS


def test_one_flipped_bit_is_seen_in_every_part_of_a_signed_document(signed: bytes) -> None:
    draw, start = random.Random(8), signed.index(b"/Contents <")
    held = signed.index(b"survey-seal/1".hex().upper().encode())
    places = {*draw.sample(range(len(signed)), 60), *draw.sample(range(start, len(signed)), 80)}
    places |= set(range(held - 4, held + 430, 3)) | {*range(mark := signed.index(b"%survey-seal/1"), mark + 15)}
    for place in places:
        flipped = bytearray(signed)
        flipped[place] ^= 1 << draw.randrange(8)
        assert verify_file(bytes(flipped), OURS).verdict is Verdict.ALTERED, place


@pytest.mark.parametrize("more", [b" ", b"\n%%EOF\n", b"1 0 obj <<>> endobj\n"])
def test_nothing_is_added_after_the_signature(signed: bytes, more: bytes) -> None:
    assert verify_file(signed + more, OURS).verdict is Verdict.ALTERED


def test_a_seal_holds_in_its_own_place_alone(signed: bytes, edition: Edition) -> None:
    """Moved into a page's dictionary it would blank the page, and every byte but the seal would be as signed."""
    plain = write_pdf(seal_edition(edition, KEY), "fr", KEY)
    body, line = plain[:-214], plain[-213:-1]
    held = signed.index(b"survey-seal/1".hex().upper().encode())
    rest, seal = signed[:held] + signed[held + 424 :], signed[held : held + 424]
    for others, moved in ((body, line.hex().upper().encode()), (rest, seal)):
        page = others.index(b"/Contents", others.index(b"/Type /Page\n")) + 4
        for place in (page, 9, len(others) - 7):
            finding = verify_file(others[:place] + moved + others[place:], OURS)
            assert finding.verdict is Verdict.ALTERED, place


def test_without_a_certificate_nothing_changes(edition: Edition, settings: Settings) -> None:
    assert certifier(settings, NOW) is None
    sealed = seal_edition(edition, KEY)
    assert write_pdf(sealed, "fr", KEY) == write_pdf(sealed, "fr", KEY)


def broken(settings: Settings, how: str) -> Settings:
    path = Path(settings.pades_certificate)
    if how == "missing":
        path.unlink()
    if how == "damaged":
        path.write_bytes(b"no certificate")
    if how == "passphrase":
        return settings.model_copy(update={"pades_passphrase": SecretStr("wrong")})
    return settings


@pytest.mark.parametrize(
    ("how", "told"),
    [("missing", "is missing"), ("damaged", "cannot be read"), ("passphrase", "cannot be read")],
)
def test_a_certificate_that_cannot_be_used_is_told(configured: Make, how: str, told: str) -> None:
    with pytest.raises(Refusal, match=told):
        read_certificate(broken(configured(), how), NOW)


@pytest.mark.parametrize("starts", [NOW - timedelta(days=400), NOW + timedelta(days=1)])
def test_a_certificate_signs_only_while_it_is_valid(configured: Make, starts: datetime) -> None:
    with pytest.raises(Refusal, match="was valid from"):
        certifier(configured(starts), NOW)


def test_a_server_without_pyhanko_says_so(configured: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(Refusal, match="pyHanko is not installed"):
        certifier(configured(), NOW)


def test_no_pdf_is_handed_out_unsigned_and_the_other_files_are(
    app: Flask, edition: Edition, session: Session, configured: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    today, number = app.extensions["survey_clock"].now(), edition.sheet_id
    session.commit()
    lead = enter(app, "camille@agence.test", "Camille Laurent", Role.QUALITY_LEAD)
    monkeypatch.setitem(app.extensions, "survey_settings", configured(today - timedelta(days=900)))
    refused = lead.get(f"/sheets/{number}.pdf")
    assert refused.status_code == 409
    assert "was valid from" in refused.text
    assert [lead.get(f"/sheets/{number}.{kind}").status_code for kind in ("xlsx", "json")] == [200, 200]
    monkeypatch.setitem(app.extensions, "survey_settings", configured(today - timedelta(days=1)))
    assert b"/ETSI.CAdES.detached" in lead.get(f"/sheets/{number}.pdf").data


def test_the_doctor_looks_at_the_certificate(configured: Make, database: Database, settings: Settings) -> None:
    assert look_at_certificate(settings, database, NOW) == ""
    assert look_at_certificate(configured(), database, NOW) == ""
    assert "ends on" in look_at_certificate(configured(NOW, 20), database, NOW)
    assert "was valid from" in look_at_certificate(configured(NOW - timedelta(days=900)), database, NOW)
    assert "is missing" in look_at_certificate(broken(configured(), "missing"), database, NOW)


def test_the_command_line_signs_what_it_exports(
    app: Flask,
    edition: Edition,
    session: Session,
    configured: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    today, wave_id = app.extensions["survey_clock"].now(), edition.sheet.wave_id
    monkeypatch.setitem(app.extensions, "survey_settings", configured(today - timedelta(days=1)))
    session.commit()
    done = app.test_cli_runner().invoke(sheets, ["export", str(wave_id), "--to", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    (pdf,) = (tmp_path / "out").glob("*.pdf")
    told = app.test_cli_runner().invoke(sheets, ["verify", str(pdf)])
    assert told.exit_code == 0, told.output
    assert b"/ETSI.CAdES.detached" in pdf.read_bytes()
