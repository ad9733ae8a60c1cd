"""The chain: an entry's hash covers its content and the hash before it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

GENESIS = "0" * 64


@dataclass(frozen=True)
class Link:
    """What one entry says, and the two hashes that tie it to its neighbours."""

    number: int
    at: datetime
    actor: str
    action: str
    subject_type: str
    subject_id: int | None
    details: str
    previous_hash: str
    entry_hash: str


def hash_entry(
    *,
    number: int,
    at: datetime,
    actor: str,
    action: str,
    subject_type: str,
    subject_id: int | None,
    details: str,
    previous_hash: str,
) -> str:
    """Return the SHA-256 of an entry in canonical form."""
    content = [number, at.isoformat(), actor, action, subject_type, subject_id, details, previous_hash]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def first_broken_link(links: Iterable[Link]) -> int | None:
    """Return the number of the first entry that was altered, removed or moved, or None."""
    expected_number, previous = 1, GENESIS
    for link in links:
        recomputed = hash_entry(
            number=link.number,
            at=link.at,
            actor=link.actor,
            action=link.action,
            subject_type=link.subject_type,
            subject_id=link.subject_id,
            details=link.details,
            previous_hash=link.previous_hash,
        )
        if link.number != expected_number or link.previous_hash != previous or link.entry_hash != recomputed:
            return expected_number
        expected_number, previous = link.number + 1, link.entry_hash
    return None
