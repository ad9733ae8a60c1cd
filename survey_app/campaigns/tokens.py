"""The personal link's token: derived when a mail is rendered, never stored; only its hash is."""

import hashlib
import hmac
from base64 import urlsafe_b64encode

MAX_TOKEN = 64


def derive_token(token_key: bytes, invitation_id: int, version: int) -> str:
    """Derive 256 bits that nobody guesses from an invitation's identity and version."""
    digest = hmac.new(token_key, f"invitation:{invitation_id}:{version}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def personal_link(public_base_url: str, token: str) -> str:
    """Write the address of the answer form; it starts with the configured base alone."""
    return f"{public_base_url.rstrip('/')}/r/{token}"
