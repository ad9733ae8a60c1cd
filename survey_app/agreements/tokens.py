"""The signatory's personal link: derived when its mail is sent."""

from survey_app.agreements.models import ProposalRound
from survey_app.tokens import derive_token

PURPOSE = "agreement-signatory"


def derive_signatory_token(token_key: bytes, sent: ProposalRound) -> str:
    return derive_token(token_key, PURPOSE, sent.version_id, sent.number, sent.token_version, sent.proposed_at)


def signatory_link(public_base_url: str, token: str) -> str:
    """Write the address of the agreement's page; it starts with the configured base alone."""
    return f"{public_base_url.rstrip('/')}/a/{token}"
