"""Ed25519 signatures and the seals of files: the agency signs, anyone with the public key checks."""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from survey_app.errors import N_, Refusal
from survey_app.settings import Settings

KEY_BYTES = 32
Keys = Sequence[bytes]
SEAL = b"survey-seal/1"
SEAL_LENGTH = 212
EMPTY_SEAL = SEAL + b" " * (SEAL_LENGTH - len(SEAL))
SEAL_PATTERN = re.compile(rb"survey-seal/1 ([A-Za-z0-9+/=]{44}) ([0-9a-f]{64}) ([A-Za-z0-9+/=]{88})")


def signing_key_bytes(settings: Settings) -> bytes:
    """Return the private key of the settings, or say how to make one."""
    return decode_key(settings.signing_key.get_secret_value())


def retired_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return the public keys of former signing keys: what they signed stays theirs, and authentic."""
    return tuple(decode_key(text) for text in settings.retired_public_keys.replace(",", " ").split())


def trusted_keys(settings: Settings) -> tuple[bytes, ...]:
    """Return every public key whose sheets are ours, the one in use first."""
    return public_key(signing_key_bytes(settings)), *retired_keys(settings)


def spell_key(key: bytes) -> str:
    return base64.b64encode(key).decode()


def find_signer(keys: Keys, content: bytes, signature: str) -> bytes | None:
    """Return the key that a signature was made with, among those that are known."""
    return next((key for key in keys if is_signed_by(key, content, signature)), None)


def decode_key(text: str) -> bytes:
    """Read a key of 32 bytes written in base64."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise Refusal(N_("The signing key must be 32 bytes in base64. Make one with: openssl rand -base64 32"))
    return key


def public_key(signing_key: bytes) -> bytes:
    private = Ed25519PrivateKey.from_private_bytes(signing_key)
    return private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def public_key_id(key: bytes) -> str:
    """Name a public key in sixteen characters that two people can compare by voice."""
    return hashlib.sha256(key).hexdigest()[:16]


def sign(signing_key: bytes, content: bytes) -> str:
    """Sign content; the same key and content always give the same signature."""
    return base64.b64encode(Ed25519PrivateKey.from_private_bytes(signing_key).sign(content)).decode()


def is_signed_by(key: bytes, content: bytes, signature: str) -> bool:
    """Tell whether a signature is this key's over this content, written in its only spelling."""
    try:
        raw = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(key).verify(raw, content)
    except (binascii.Error, ValueError, InvalidSignature):
        return False
    return base64.b64encode(raw).decode() == signature


def file_seal(signing_key: bytes, body: bytes) -> bytes:
    """Return the line that ends a file: it signs every byte before it."""
    digest = hashlib.sha256(body).hexdigest()
    key = spell_key(public_key(signing_key))
    return b" ".join([SEAL, key.encode(), digest.encode(), sign(signing_key, digest.encode()).encode()])


def spell_held(seal: bytes) -> bytes:
    """Write a seal, or its beginning, as a certificate's signature holds it: in hexadecimal."""
    return seal.hex().upper().encode()


def held_room() -> bytes:
    """Return what holds the seal's place in a certificate's signature: the seal signs it, and so its own place."""
    return spell_held(EMPTY_SEAL)


def sealer_of(seal: bytes) -> str:
    """Return the public key that a seal names, as it is spelled there."""
    found = SEAL_PATTERN.fullmatch(seal)
    return found.group(1).decode() if found else ""


def holds_seal(seal: bytes, body: bytes, keys: Keys) -> bool:
    """Tell whether a seal is over exactly these bytes, and by the one of these keys that it names."""
    found = SEAL_PATTERN.fullmatch(seal)
    if found is None:
        return False
    spelled, digest, signature = (part.decode() for part in found.groups())
    key = next((one for one in keys if spell_key(one) == spelled), None)
    return (
        key is not None and hashlib.sha256(body).hexdigest() == digest and is_signed_by(key, digest.encode(), signature)
    )
