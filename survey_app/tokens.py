"""The secret part of personal links: derived when needed, stored nowhere; the database knows its hash alone."""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Session

MAX_TOKEN = 64
Row = TypeVar("Row", bound=DeclarativeBase)


def derive_token(token_key: bytes, purpose: str, *identity: int | str | datetime) -> str:
    """Derive 256 bits that nobody guesses from what a link is for.

    The purpose keeps it from opening what another kind of link opens. A row that is numbered names the moment it was
    made too: after a restore, the next row gets the number of one that the backup had not seen, and the link that
    was mailed for that one must not open it.
    """
    parts = (each.astimezone(UTC).isoformat() if isinstance(each, datetime) else str(each) for each in identity)
    digest = hmac.digest(token_key, ":".join((purpose, *parts)).encode(), hashlib.sha256)
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def find_by_token(session: Session, table: type[Row], token: str) -> Row | None:
    """Return the row that a personal link opens; what cannot be a token is not even looked for."""
    if not token or len(token) > MAX_TOKEN:
        return None
    return session.scalar(select(table).filter_by(token_hash=hash_token(token)))
