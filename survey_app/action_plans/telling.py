"""Give each owner of an action their link, and tell them once what is theirs."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.action_plans.links import give_link
from survey_app.action_plans.models import ActionPlan, PlanAction, PlanLink
from survey_app.action_plans.queries import is_reachable, language_of
from survey_app.action_plans.rules import WORKING_STATES
from survey_app.action_plans.vocabulary import LinkPurpose
from survey_app.outbox.service import enqueue

ASSIGNED = "plan_assigned"


def tell_owners(session: Session, plan: ActionPlan, token_key: bytes, now: datetime) -> int:
    """Write to every owner who has something new, and revoke the links of those who own nothing here any more."""
    if plan.state not in WORKING_STATES:
        return 0
    owned: dict[str, list[PlanAction]] = {}
    for action in plan.actions:
        if is_reachable(action):
            owned.setdefault(action.owner_email, []).append(action)
    _revoke_others(session, plan, set(owned), now)
    for actions in owned.values():
        _tell(session, plan, actions, token_key, now)
    return len(owned)


def _tell(session: Session, plan: ActionPlan, actions: list[PlanAction], token_key: bytes, now: datetime) -> None:
    owner = actions[0]
    language = language_of(owner, plan.client.language)
    link = give_link(session, plan, LinkPurpose.ACT, owner.owner, owner.owner_email, language, token_key, now)
    newest = max(action.id for action in actions)
    enqueue(
        session,
        kind=ASSIGNED,
        recipient=link.email,
        language=language,
        subject_id=link.id,
        deduplication_key=f"{ASSIGNED}:{link.id}:{newest}",
        client_id=plan.client_id,
        now=now,
    )


def _revoke_others(session: Session, plan: ActionPlan, emails: set[str], now: datetime) -> None:
    living = session.scalars(
        select(PlanLink).where(
            PlanLink.plan_id == plan.id, PlanLink.purpose == LinkPurpose.ACT, PlanLink.revoked_at.is_(None)
        )
    ).all()
    for link in living:
        if link.email not in emails:
            link.revoked_at = now
    session.flush()
