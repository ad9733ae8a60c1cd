"""The agency's certificate for PDF signatures, where one is configured: a PKCS#12 file and its passphrase."""

import importlib.util
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import pkcs12

from survey_app.clock import local_day
from survey_app.errors import N_, Refusal
from survey_app.settings import Settings


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
