"""Read whom a mail goes to, and the wordings that agencies have made their own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, exists, select
from sqlalchemy.orm import Session, joinedload

from survey_app.campaigns.models import Campaign, Invitation, Wave, WaveState
from survey_app.clients.models import AddressState, Client, Contact, MailWording
from survey_app.clients.rules import Wording

# What decides whether a person is still to be written to, and what their mail is written with.
_OF_A_PERSON = (
    *(Invitation.id, Invitation.version, Invitation.email, Invitation.name, Invitation.civility, Invitation.language),
    *(Invitation.wave_id, Invitation.revoked_at, Invitation.answered_at, Invitation.refused_at),
    *(Contact.opted_out_at, Contact.address_state, Wave.state.label("wave_state"), Wave.ends_on, Wave.ends_at),
)

_REACHABLE = (
    select(Invitation.id)
    .join(Invitation.contact)
    .join(Invitation.wave)
    .where(
        Invitation.revoked_at.is_(None),
        Invitation.answered_at.is_(None),
        Invitation.refused_at.is_(None),
        Contact.opted_out_at.is_(None),
        Contact.address_state != AddressState.DEAD,
        Wave.state == WaveState.OPEN,
    )
)
_ADDRESSEE = select(*_OF_A_PERSON).join(Invitation.contact).join(Invitation.wave)


def find_addressee(session: Session, invitation_id: int) -> Row[Any] | None:
    """Return whom a mail goes to; columns alone, since it is asked for every mail of a wave."""
    chosen = _ADDRESSEE.where(Invitation.id == invitation_id)
    return cast("Row[Any] | None", session.execute(chosen).one_or_none())


def get_whole_wave(session: Session, wave_id: int) -> Wave:
    """Return a wave with all that its mails speak of."""
    campaign = joinedload(Wave.campaign).joinedload(Campaign.client).joinedload(Client.agency)
    return session.get_one(Wave, wave_id, options=(joinedload(Wave.agreement_version), campaign))


def still_to_be_written_to(person: Row[Any], now: datetime) -> ColumnElement[bool]:
    """Return as a condition in SQL what rules.withheld_reason decides: it is checked again when the mail is begun."""
    is_same = (Invitation.id == person.id) & (Invitation.version == person.version) & (Invitation.email == person.email)
    return exists(_REACHABLE.where(is_same, Wave.ends_at > now))


def find_wording(session: Session, agency_id: int, kind: str, language: str) -> MailWording | None:
    return session.scalar(select(MailWording).filter_by(agency_id=agency_id, kind=kind, language=language))


def list_wordings(session: Session, agency_id: int) -> Sequence[MailWording]:
    return session.scalars(select(MailWording).where(MailWording.agency_id == agency_id)).all()


def unknown_placeholders(session: Session, agency_id: int) -> list[str]:
    """List the placeholders of an agency's wordings that do not exist, each once."""
    wordings = list_wordings(session, agency_id)
    found = [name for each in wordings for name in Wording(each.subject, each.message).unknown_placeholders(each.kind)]
    return list(dict.fromkeys(found))
