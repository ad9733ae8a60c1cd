"""Opaque ids that only this product can make: the unsubscribe id and the tag of the bounce address."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from email.utils import parseaddr
from functools import lru_cache

from survey_app.outbox.models import OutgoingEmail

TAG_BYTES = 16
BOUNCE_TAG_BYTES = 10
LARGEST_ID = 2**63 - 1
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=16)
def _own_key(key: bytes, purpose: bytes) -> bytes:
    # A key of its own for each purpose: an unsubscribe id can never be replayed as a bounce tag or an answer token.
    return hmac.digest(key, b"outbox:" + purpose, hashlib.sha256)


def _tag(key: bytes, purpose: bytes, mail: OutgoingEmail, size: int) -> bytes:
    # A number alone would name another mail after a restore: the backup has not seen all that were given.
    identity = f"{mail.id}:{mail.deduplication_key}"
    return hmac.digest(_own_key(key, purpose), identity.encode(), hashlib.sha256)[:size]


def seal_message_id(key: bytes, deduplication_key: str, domain: str) -> str:
    """Return the Message-ID of a mail: the same mail has the same, even where a power cut or a restore forgot it."""
    return f"<{hmac.digest(_own_key(key, b'message'), deduplication_key.encode(), hashlib.sha256).hex()[:32]}@{domain}>"


def seal_unsubscribe_id(key: bytes, mail: OutgoingEmail) -> str:
    """Return the opaque id of a mail's unsubscribe link; it is derived, so no row holds it."""
    content = mail.id.to_bytes(8, "big") + _tag(key, b"unsubscribe", mail, TAG_BYTES)
    return base64.urlsafe_b64encode(content).decode()


def read_unsubscribe_id(opaque_id: str) -> int | None:
    """Return the mail that an unsubscribe link says it came with; nothing is proved yet."""
    try:
        content = base64.b64decode(opaque_id.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        return None
    return int.from_bytes(content[:8], "big", signed=True) if len(content) == 8 + TAG_BYTES else None


def is_unsubscribe_id_of(key: bytes, opaque_id: str, mail: OutgoingEmail) -> bool:
    return hmac.compare_digest(opaque_id.encode(), seal_unsubscribe_id(key, mail).encode())


def unsubscribe_url(key: bytes, base_url: str, mail: OutgoingEmail) -> str:
    return f"{base_url.rstrip('/')}/u/{seal_unsubscribe_id(key, mail)}"


@dataclass(frozen=True)
class EnvelopeTag:
    """What a bounce address says: which mail it speaks of, and the proof of it."""

    email_id: int
    proof: str

    def is_of(self, key: bytes, mail: OutgoingEmail) -> bool:
        return self.email_id == mail.id and hmac.compare_digest(self.proof, _bounce_tag(key, mail))


def seal_envelope(key: bytes, bounce_address: str, mail: OutgoingEmail) -> str:
    """Return the envelope sender of one mail: a bounce to it names the mail, and nobody can guess it (VERP)."""
    local, _, domain = bounce_address.rpartition("@")
    return f"{local}+{_base36(mail.id)}-{_bounce_tag(key, mail)}@{domain}"


def read_envelope(address: str) -> EnvelopeTag | None:
    """Return the tag of a bounce address, or None where there is none."""
    found = re.fullmatch(r"[^@]+\+([0-9a-z]{1,13})-([a-z2-7]{16})@[^@]+", parseaddr(address)[1].lower())
    if found is None or int(found.group(1), 36) > LARGEST_ID:
        return None
    return EnvelopeTag(int(found.group(1), 36), found.group(2))


def _bounce_tag(key: bytes, mail: OutgoingEmail) -> str:
    # Base32 in lower case: relays may change the case of an address.
    return base64.b32encode(_tag(key, b"bounce", mail, BOUNCE_TAG_BYTES)).decode().lower()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"
