"""The link of the client's own view: derived when its mail is sent."""

from survey_app.scores.models import ResultLink
from survey_app.tokens import derive_token

PURPOSE = "wave-results"


def derive_results_token(token_key: bytes, link: ResultLink) -> str:
    return derive_token(token_key, PURPOSE, link.wave_id, link.contact_id, link.token_version, link.shared_at)


def results_link(public_base_url: str, token: str) -> str:
    """Write the address of the client's view; it starts with the configured base alone."""
    return f"{public_base_url.rstrip('/')}/s/results/{token}"
