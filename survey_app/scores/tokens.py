"""The link of the client's own view: derived when its mail is sent, known here only by its hash.

The purpose is part of what is signed, so that no respondent's link ever opens the results.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

MAX_TOKEN = 64
PURPOSE = "wave-results"


def derive_results_token(token_key: bytes, wave_id: int, contact_id: int, token_version: int) -> str:
    """Derive 256 bits that nobody guesses from a wave and a contact."""
    identity = f"{PURPOSE}:{wave_id}:{contact_id}:{token_version}"
    digest = hmac.new(token_key, identity.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def results_link(public_base_url: str, token: str) -> str:
    """Write the address of the client's view; it starts with the configured base alone."""
    return f"{public_base_url.rstrip('/')}/s/results/{token}"
