"""Read whom a mail goes to, and the wordings that agencies have made their own."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from survey_app.campaigns.mails.rules import Wording
from survey_app.campaigns.models import Invitation, MailWording, Wave
from survey_app.clients.models import Contact

# Asked for every mail of a wave: columns alone, and compiled once.
ADDRESSEE = (
    select(
        Invitation.id, Invitation.version, Invitation.wave_id, Invitation.name, Invitation.civility, Invitation.email,
        Invitation.language, Invitation.revoked_at, Invitation.answered_at, Invitation.refused_at,
        Contact.opted_out_at, Contact.address_state, Wave.state.label("wave_state"), Wave.ends_on, Wave.ends_at,
    )
    .join(Contact, Invitation.contact_id == Contact.id)
    .join(Wave, Invitation.wave_id == Wave.id)
    .where(Invitation.id == bindparam("this_id"))
)


def find_addressee(session: Session, invitation_id: int) -> Row[Any] | None:
    """Return what decides whether this person is still to be written to, and how."""
    return cast("Row[Any] | None", session.connection().execute(ADDRESSEE, {"this_id": invitation_id}).first())


def find_wording(session: Session, agency_id: int, kind: str, language: str) -> MailWording | None:
    return session.scalar(
        select(MailWording).filter_by(agency_id=agency_id, kind=kind, language=language)
    )


def list_wordings(session: Session, agency_id: int) -> Sequence[MailWording]:
    return session.scalars(select(MailWording).where(MailWording.agency_id == agency_id)).all()


def unknown_placeholders(session: Session, agency_id: int) -> list[str]:
    """List the placeholders of an agency's wordings that do not exist, each once."""
    wordings = list_wordings(session, agency_id)
    found = [name for each in wordings for name in Wording(each.subject, each.message).unknown_placeholders(each.kind)]
    return list(dict.fromkeys(found))
