"""The agency's certificate for PDF signatures, where one is configured: a PKCS#12 file and its passphrase."""

import importlib.util
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import pkcs12

from survey_app.clock import local_day
from survey_app.errors import N_, Refusal
from survey_app.score_sheets.signing import EMPTY_SEAL, SEAL, file_seal, held_room, signing_key_bytes, spell_held
from survey_app.settings import Settings

Certify = Callable[[bytes], bytes]
# The attribute's name, drawn at random where such names are free for all (ITU-T X.667).
SEAL_ATTRIBUTE = "2.25.310582137522994535673678880231609024065"


@dataclass(frozen=True)
class Certificate:
    """What signs PDFs besides the product's own seal, and the days on which it may."""

    content: bytes
    passphrase: bytes
    starts_at: datetime
    ends_at: datetime


def read_certificate(settings: Settings, now: datetime) -> Certificate | None:
    """Return the configured certificate, None where there is none; one that cannot sign today is refused."""
    if not settings.pades_certificate:
        return None
    try:
        content = Path(settings.pades_certificate).read_bytes()
    except OSError:
        raise Refusal(N_("The certificate that signs PDFs is missing. The workbook and JSON say the same.")) from None
    certificate = _open(content, settings.pades_passphrase.get_secret_value().encode())
    _check(certificate, now, settings.time_zone)
    return certificate


def _open(content: bytes, passphrase: bytes) -> Certificate:
    unreadable = Refusal(N_("The certificate that signs PDFs cannot be read. The workbook and JSON say the same."))
    try:
        key, found, _ = pkcs12.load_key_and_certificates(content, passphrase or None)
    except ValueError:
        raise unreadable from None
    if key is None or found is None:
        raise unreadable
    return Certificate(content, passphrase, found.not_valid_before_utc, found.not_valid_after_utc)


def _check(certificate: Certificate, now: datetime, zone: str) -> None:
    if not certificate.starts_at <= now <= certificate.ends_at:
        raise Refusal(
            N_(
                "The certificate that signs PDFs was valid from %(start)s to %(end)s. The workbook and JSON say the"
                " same; ask the agency to renew it."
            ),
            start=local_day(certificate.starts_at, zone),
            end=local_day(certificate.ends_at, zone),
        )
    if importlib.util.find_spec("pyhanko") is None:
        raise Refusal(N_("PDFs cannot be signed: pyHanko is not installed. The workbook and JSON say the same."))


def certifier(settings: Settings, now: datetime) -> Certify | None:
    """Return what signs a finished document, None where no certificate is configured."""
    certificate = read_certificate(settings, now)
    if certificate is None:
        return None
    return partial(certify, certificate=certificate, signing_key=signing_key_bytes(settings), now=now)


def certify(document: bytes, certificate: Certificate, signing_key: bytes, now: datetime) -> bytes:
    """Sign a document and put the seal where the signature keeps room for it."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    # The mark tells a damaged file of ours from a stranger's.
    writer = IncrementalPdfFileWriter(BytesIO(document + b"%" + SEAL + b"\n"))
    # pyHanko starts an event loop of its own, which a thread that runs one already refuses.
    with ThreadPoolExecutor(1) as apart:
        signed: bytes = apart.submit(_pdf_signer(certificate, now).sign_pdf, writer).result().getvalue()
    before, room, after = signed.rpartition(held_room())
    return before + spell_held(file_seal(signing_key, before + room + after)) + after


def _pdf_signer(certificate: Certificate, now: datetime) -> Any:
    from asn1crypto import core
    from pyhanko.sign import PdfSignatureMetadata, PdfSigner, SimpleSigner, attributes
    from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter

    class Room(attributes.CMSAttributeProvider):
        attribute_type = SEAL_ATTRIBUTE

        async def build_attr_value(self, dry_run: bool = False) -> core.OctetString:
            return core.OctetString(EMPTY_SEAL)

    class SealRoom(attributes.UnsignedAttributeProviderSpec):
        def unsigned_attr_providers(self, *_: Any, **__: Any) -> list[Room]:
            return [Room()]

    class Signer(PdfSigner):
        def init_signing_session(self, *arguments: Any, **options: Any) -> Any:
            session = super().init_signing_session(*arguments, **options)
            session.system_time = now
            return session

    signer = SimpleSigner.load_pkcs12_data(certificate.content, [], certificate.passphrase or None)
    signer.unsigned_attr_prov_spec = SealRoom()
    meta = PdfSignatureMetadata(
        field_name="Agency", certify=True, docmdp_permissions=MDPPerm.NO_CHANGES, subfilter=SigSeedSubFilter.PADES
    )
    return Signer(meta, signer=signer)
