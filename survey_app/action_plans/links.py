"""Personal links to a plan, a calendar or a letter: derived, given, found, revoked."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.action_plans.models import ActionPlan, PlanLink
from survey_app.action_plans.vocabulary import LinkPurpose
from survey_app.tokens import MAX_TOKEN, derive_token, hash_token


def derive_plan_token(token_key: bytes, purpose: LinkPurpose, plan_id: int, number: int, given_at: datetime) -> str:
    return derive_token(token_key, f"plan-{purpose.value}", plan_id, number, given_at)


def derive_feedback_token(token_key: bytes, wave_id: int, sent_at: datetime) -> str:
    return derive_token(token_key, "plan-told", wave_id, sent_at)


def derive_calendar_token(token_key: bytes, user_id: int, version: int, given_at: datetime) -> str:
    return derive_token(token_key, "plan-calendar", user_id, version, given_at)


def plan_link(public_base_url: str, token: str) -> str:
    """Write the address behind a plan's link; it starts with the configured base alone."""
    return f"{public_base_url.rstrip('/')}/p/{token}"


def living_link(session: Session, plan_id: int, purpose: LinkPurpose, email: str) -> PlanLink | None:
    return session.scalar(
        select(PlanLink).where(
            PlanLink.plan_id == plan_id,
            PlanLink.purpose == purpose,
            PlanLink.email == email,
            PlanLink.revoked_at.is_(None),
        )
    )


def give_link(
    session: Session,
    plan: ActionPlan,
    purpose: LinkPurpose,
    name: str,
    email: str,
    language: str,
    token_key: bytes,
    now: datetime,
) -> PlanLink:
    """Return the person's living link to the plan, made where there is none."""
    known = living_link(session, plan.id, purpose, email)
    if known is not None:
        return known
    last = session.scalar(select(func.max(PlanLink.number)).where(PlanLink.plan_id == plan.id)) or 0
    token = derive_plan_token(token_key, purpose, plan.id, last + 1, now)
    link = PlanLink(
        plan=plan,
        number=last + 1,
        purpose=purpose,
        name=name,
        email=email,
        language=language,
        token_hash=hash_token(token),
        created_at=now,
    )
    session.add(link)
    session.flush()
    return link


def token_of(link: PlanLink, token_key: bytes) -> str:
    return derive_plan_token(token_key, link.purpose, link.plan_id, link.number, link.created_at)


def revoke_links(session: Session, plan: ActionPlan, purpose: LinkPurpose, now: datetime) -> None:
    for link in session.scalars(
        select(PlanLink).where(PlanLink.plan_id == plan.id, PlanLink.purpose == purpose, PlanLink.revoked_at.is_(None))
    ):
        link.revoked_at = now
    session.flush()


def find_link(session: Session, token: str) -> PlanLink | None:
    """Return what a personal link opens; an unknown link and a revoked one are the same."""
    if not token or len(token) > MAX_TOKEN:
        return None
    return session.scalar(
        select(PlanLink).where(PlanLink.token_hash == hash_token(token), PlanLink.revoked_at.is_(None))
    )
