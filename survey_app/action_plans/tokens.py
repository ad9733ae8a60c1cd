"""The secrets in the personal links to a plan, a calendar or a letter: derived, stored nowhere."""

from datetime import datetime

from survey_app.action_plans.models import PlanLink
from survey_app.action_plans.vocabulary import LinkPurpose
from survey_app.tokens import derive_token


def derive_plan_token(token_key: bytes, purpose: LinkPurpose, plan_id: int, number: int, given_at: datetime) -> str:
    return derive_token(token_key, f"plan-{purpose.value}", plan_id, number, given_at)


def derive_feedback_token(token_key: bytes, wave_id: int, sent_at: datetime) -> str:
    return derive_token(token_key, "plan-told", wave_id, sent_at)


def derive_calendar_token(token_key: bytes, user_id: int, version: int, given_at: datetime) -> str:
    return derive_token(token_key, "plan-calendar", user_id, version, given_at)


def plan_link(public_base_url: str, token: str) -> str:
    """Write the address behind a plan's link; it starts with the configured base alone."""
    return f"{public_base_url.rstrip('/')}/p/{token}"


def token_of(link: PlanLink, token_key: bytes) -> str:
    return derive_plan_token(token_key, link.purpose, link.plan_id, link.number, link.created_at)
