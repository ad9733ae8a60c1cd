"""Sign a PDF with the agency's certificate too (PAdES), for the readers that check such signatures by themselves.

The figures are attached first and this signature comes last, over the whole file. The product's seal then lies in the
signature's unsigned attributes, the one place that it leaves open, and covers every other byte of the file and the
place itself: it signs the file with its room still empty.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from io import BytesIO
from typing import Any

from survey_app.score_sheets.certificates import Certificate, read_certificate
from survey_app.score_sheets.sealed import EMPTY_SEAL, SEAL, file_seal, held_room, spell_held
from survey_app.score_sheets.signing import signing_key_bytes
from survey_app.settings import Settings

Certify = Callable[[bytes], bytes]
# The attribute's name, drawn at random where such names are free for all (ITU-T X.667).
SEAL_ATTRIBUTE = "2.25.310582137522994535673678880231609024065"


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
