"""The signatory's personal link: derived when its mail is sent, known here only by its hash.

The purpose is part of what is signed, so that no link of a respondent ever opens an agreement.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

MAX_TOKEN = 64
PURPOSE = "agreement-signatory"


def derive_signatory_token(token_key: bytes, version_id: int, round_number: int, token_version: int) -> str:
    """Derive 256 bits that nobody guesses from a round's identity."""
    identity = f"{PURPOSE}:{version_id}:{round_number}:{token_version}"
    digest = hmac.new(token_key, identity.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def signatory_link(public_base_url: str, token: str) -> str:
    """Write the address of the agreement's page; it starts with the configured base alone."""
    return f"{public_base_url.rstrip('/')}/a/{token}"
