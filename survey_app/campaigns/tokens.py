"""The personal link of an invitation: its token is derived when a mail is rendered."""

from survey_app import tokens


def derive_token(token_key: bytes, invitation_id: int, version: int) -> str:
    """Derive the token from an identity that was drawn at random, and so is never given twice."""
    return tokens.derive_token(token_key, "invitation", invitation_id, version)


def personal_link(public_base_url: str, token: str) -> str:
    """Write the address of the answer form; it starts with the configured base alone."""
    return f"{public_base_url.rstrip('/')}/r/{token}"
