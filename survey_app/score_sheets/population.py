"""The population of a wave, counted with reasons: who was asked, who answered, who could not, who would not."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from survey_app.campaigns.models import Invitation, Wave
from survey_app.clients.models import AddressState, Contact
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState

STANDINGS = ("answered", "silent", "bounced", "opted_out", "declined")


@dataclass(frozen=True)
class Asked:
    """What is known of one person asked, without their answers."""

    has_answered: bool
    has_declined: bool
    has_opted_out: bool
    has_bounced: bool


def standing(asked: Asked) -> str:
    """Put a person in one row of the table: what the person did outweighs what the mail did."""
    if asked.has_answered:
        return "answered"
    if asked.has_declined:
        return "declined"
    if asked.has_opted_out:
        return "opted_out"
    return "bounced" if asked.has_bounced else "silent"


def count_standings(people: Iterable[Asked]) -> dict[str, int]:
    counted = Counter(standing(one) for one in people)
    return {name: counted[name] for name in STANDINGS}


def read_population(session: Session, wave: Wave) -> dict[str, Any]:
    """Return the counts that add up to the people invited, and those left out with their reasons."""
    invitations = session.scalars(
        select(Invitation)
        .where(Invitation.wave_id == wave.id)
        .options(joinedload(Invitation.contact))
        .order_by(Invitation.id)
    ).all()
    bounced = _bounced_invitations(session, wave)
    current = _one_per_person(invitations)
    rows = count_standings(_asked(one, bounced) for one in current)
    return {
        "invited": len(current),
        "answered": rows["answered"],
        "rows": [{"reason": reason, "n": rows[reason]} for reason in STANDINGS],
        "sent": _count_sent(session, wave),
        "address_changed": sum(one.is_marked for one in current),
        "left_out": _left_out(session, wave, {one.contact_id for one in current}),
        "by_role": _by_role(current),
    }


def _one_per_person(invitations: Sequence[Invitation]) -> list[Invitation]:
    """Keep the invitation that counts: the one alive, or the one that was answered before its link was revoked."""
    counted = [one for one in invitations if one.revoked_at is None or one.answered_at is not None]
    answered_first = sorted(counted, key=lambda one: (one.answered_at is None, one.id))
    return list({one.contact_id: one for one in reversed(answered_first)}.values())


def _asked(invitation: Invitation, bounced: set[int]) -> Asked:
    contact = invitation.contact
    return Asked(
        has_answered=invitation.answered_at is not None,
        has_declined=invitation.refused_at is not None,
        has_opted_out=contact.opted_out_at is not None,
        has_bounced=invitation.id in bounced or contact.address_state is AddressState.DEAD,
    )


def _bounced_invitations(session: Session, wave: Wave) -> set[int]:
    found = session.scalars(
        select(OutgoingEmail.subject_id).where(
            OutgoingEmail.wave_id == wave.id,
            OutgoingEmail.kind == "invitation",
            OutgoingEmail.bounced_at.is_not(None) | OutgoingEmail.state.in_((MailState.FAILED, MailState.DEAD)),
        )
    )
    return {identity for identity in found if identity is not None}


def _count_sent(session: Session, wave: Wave) -> int:
    counted = (
        select(func.count())
        .select_from(OutgoingEmail)
        .where(
            OutgoingEmail.wave_id == wave.id,
            OutgoingEmail.kind == "invitation",
            OutgoingEmail.state == MailState.SENT,
        )
    )
    return session.scalar(counted) or 0


def _left_out(session: Session, wave: Wave, asked: set[int]) -> dict[str, int]:
    """Count the client's people who existed at the launch and were not asked, by reason."""
    contacts = session.scalars(
        select(Contact).where(Contact.client_id == wave.campaign.client_id, Contact.created_at <= wave.launched_at)
    )
    reasons = Counter(_reason_left_out(contact) for contact in contacts if contact.id not in asked)
    return dict(sorted(reasons.items()))


def _reason_left_out(contact: Contact) -> str:
    if contact.opted_out_at is not None:
        return "opted_out"
    if contact.address_state is AddressState.DEAD:
        return "dead_address"
    return "inactive" if not contact.is_active else "not_chosen"


def _by_role(invitations: Iterable[Invitation]) -> list[dict[str, Any]]:
    invited = Counter(one.role.value for one in invitations)
    return [{"role": role, "invited": n} for role, n in sorted(invited.items())]
