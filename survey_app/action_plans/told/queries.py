"""Read what was told, who is told, and what the next invitation recalls."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.told.models import ToldLetter
from survey_app.campaigns.models import Campaign, Invitation, Wave
from survey_app.clients.models import AddressState, Contact
from survey_app.tokens import MAX_TOKEN, hash_token


def find_letter(session: Session, wave: Wave) -> ToldLetter | None:
    return session.scalar(select(ToldLetter).where(ToldLetter.wave_id == wave.id))


def find_told(session: Session, token: str) -> ToldLetter | None:
    """Return the letter that a link opens, once it has been sent."""
    if not token or len(token) > MAX_TOKEN:
        return None
    return session.scalar(select(ToldLetter).where(ToldLetter.token_hash == hash_token(token)))


def tellable_plans(session: Session, wave: Wave) -> Sequence[ActionPlan]:
    """Return the plans that answer the wave and that its respondents may know of."""
    return session.scalars(
        select(ActionPlan)
        .where(ActionPlan.wave_id == wave.id, ~ActionPlan.is_internal, ActionPlan.leader_id.is_(None))
        .order_by(ActionPlan.id)
    ).all()


def respondents(session: Session, wave: Wave) -> Sequence[Invitation]:
    """Return those who answered and can still be written to: who answered is known in every mode, what is not."""
    return session.scalars(
        select(Invitation)
        .join(Contact)
        .where(
            Invitation.wave_id == wave.id,
            Invitation.answered_at.is_not(None),
            Invitation.revoked_at.is_(None),
            Invitation.email != "",
            Contact.opted_out_at.is_(None),
            Contact.address_state != AddressState.DEAD,
        )
        .options(joinedload(Invitation.contact))
        .order_by(Invitation.id)
    ).all()


def last_recall(session: Session, wave: Wave) -> str:
    """Return what the lead asked the next invitation of this client to recall, or nothing."""
    found = session.scalar(
        select(ToldLetter.recall)
        .join(Wave, Wave.id == ToldLetter.wave_id)
        .join(Campaign, Campaign.id == Wave.campaign_id)
        .where(
            Campaign.client_id == wave.campaign.client_id,
            ToldLetter.wave_id != wave.id,
            ToldLetter.sent_at.is_not(None),
            ToldLetter.sent_at <= (wave.launched_at or ToldLetter.sent_at),
        )
        .order_by(ToldLetter.sent_at.desc(), ToldLetter.id.desc())
        .limit(1)
    )
    return found or ""
