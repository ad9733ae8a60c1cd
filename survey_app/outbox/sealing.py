"""Opaque ids that only this product can make: the unsubscribe id and the tag of the bounce address."""

import base64
import hashlib
import hmac
import re
from email.utils import parseaddr
from functools import lru_cache

TAG_BYTES = 16
BOUNCE_TAG_BYTES = 10
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@lru_cache(maxsize=16)
def _own_key(key: bytes, purpose: bytes) -> bytes:
    # A key of its own for each purpose: an unsubscribe id can never be replayed as a bounce tag or an answer token.
    return hmac.digest(key, b"outbox:" + purpose, hashlib.sha256)


def _tag(key: bytes, purpose: bytes, email_id: int, size: int) -> bytes:
    return hmac.digest(_own_key(key, purpose), str(email_id).encode(), hashlib.sha256)[:size]


def seal_message_id(key: bytes, deduplication_key: str, domain: str) -> str:
    """Return the Message-ID of a mail: the same mail has the same, even where a power cut or a restore forgot it."""
    return f"<{hmac.digest(_own_key(key, b'message'), deduplication_key.encode(), hashlib.sha256).hex()[:32]}@{domain}>"


def seal_unsubscribe_id(key: bytes, email_id: int) -> str:
    """Return the opaque id of a mail's unsubscribe link; it is derived, so no row holds it."""
    content = email_id.to_bytes(8, "big") + _tag(key, b"unsubscribe", email_id, TAG_BYTES)
    return base64.urlsafe_b64encode(content).decode()


def open_unsubscribe_id(key: bytes, opaque_id: str) -> int | None:
    """Return the id of the mail that this link came with, or None where we did not make it."""
    try:
        content = base64.b64decode(opaque_id.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        return None
    email_id = int.from_bytes(content[:8], "big")
    is_ours = len(content) == 8 + TAG_BYTES and hmac.compare_digest(
        content[8:], _tag(key, b"unsubscribe", email_id, TAG_BYTES)
    )
    return email_id if is_ours else None


def unsubscribe_url(key: bytes, base_url: str, email_id: int) -> str:
    return f"{base_url.rstrip('/')}/u/{seal_unsubscribe_id(key, email_id)}"


def seal_envelope(key: bytes, bounce_address: str, email_id: int) -> str:
    """Return the envelope sender of one mail: a bounce to it names the mail, and nobody can guess it (VERP)."""
    local, _, domain = bounce_address.rpartition("@")
    return f"{local}+{_base36(email_id)}-{_bounce_tag(key, email_id)}@{domain}"


def open_envelope(key: bytes, address: str) -> int | None:
    """Return the mail that a bounce speaks of, or None where its tag does not verify."""
    found = re.fullmatch(r"[^@]+\+([0-9a-z]{1,13})-([a-z2-7]{16})@[^@]+", parseaddr(address)[1].lower())
    if found is None:
        return None
    email_id = int(found.group(1), 36)
    return email_id if hmac.compare_digest(found.group(2), _bounce_tag(key, email_id)) else None


def _bounce_tag(key: bytes, email_id: int) -> str:
    # Base32 in lower case: relays may change the case of an address.
    return base64.b32encode(_tag(key, b"bounce", email_id, BOUNCE_TAG_BYTES)).decode().lower()


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = DIGITS[digit] + digits
    return digits or "0"
