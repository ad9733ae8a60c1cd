"""Personal links to plans: derived when a mail is rendered, stored nowhere; only their hash is.

The purpose is part of what is signed, so that no link opens anything but what it was made for.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from survey_app.action_plans.vocabulary import LinkPurpose

MAX_TOKEN = 64


def _derive(token_key: bytes, identity: str) -> str:
    digest = hmac.new(token_key, identity.encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def derive_plan_token(token_key: bytes, purpose: LinkPurpose, plan_id: int, number: int) -> str:
    """Derive 256 bits that nobody guesses from a link's identity."""
    return _derive(token_key, f"plan-{purpose.value}:{plan_id}:{number}")


def derive_told_token(token_key: bytes, wave_id: int) -> str:
    return _derive(token_key, f"plan-told:{wave_id}")


def derive_calendar_token(token_key: bytes, user_id: int, version: int) -> str:
    return _derive(token_key, f"plan-calendar:{user_id}:{version}")


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def plan_link(public_base_url: str, token: str) -> str:
    """Write the address behind a plan's link; it starts with the configured base alone."""
    return f"{public_base_url.rstrip('/')}/p/{token}"
