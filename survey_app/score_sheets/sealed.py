"""A sealed edition as its files carry it: the snapshot's exact text, its hash, its signature, the public key."""

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.signing import Keys, find_signer, is_signed_by, public_key, sign, spell_key

SEAL = b"survey-seal/1"
SEAL_LENGTH = 212
EMPTY_SEAL = SEAL + b" " * (SEAL_LENGTH - len(SEAL))
SEAL_PATTERN = re.compile(rb"survey-seal/1 ([A-Za-z0-9+/=]{44}) ([0-9a-f]{64}) ([A-Za-z0-9+/=]{88})")


@dataclass(frozen=True)
class SealedEdition:
    """One edition, ready to be rendered or verified without a database."""

    text: str
    sha256: str
    signature: str
    public_key: str

    @cached_property
    def snapshot(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.text)
        return content

    @property
    def file_name(self) -> str:
        return f"{self.snapshot['reference']}-{self.snapshot['edition']}"


def seal_edition(edition: Edition, signing_key: bytes, retired: Keys = ()) -> SealedEdition:
    """Put an edition beside the key that signed it: the one in use, or one that was retired since."""
    keys = (public_key(signing_key), *retired)
    signer = find_signer(keys, edition.snapshot.encode(), edition.signature) or keys[0]
    return SealedEdition(edition.snapshot, edition.sha256, edition.signature, spell_key(signer))


def snapshot_of(edition: Edition) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(edition.snapshot)
    return content


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
