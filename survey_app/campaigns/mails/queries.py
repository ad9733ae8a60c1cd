"""Read the wordings that agencies have made their own."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.mails.rules import Wording
from survey_app.campaigns.models import MailWording


def find_wording(session: Session, agency_id: int, kind: str, language: str) -> MailWording | None:
    return session.scalar(
        select(MailWording).filter_by(agency_id=agency_id, kind=kind, language=language)
    )


def list_wordings(session: Session, agency_id: int) -> Sequence[MailWording]:
    return session.scalars(select(MailWording).where(MailWording.agency_id == agency_id)).all()


def unknown_placeholders(session: Session, agency_id: int) -> list[str]:
    """List the placeholders of an agency's wordings that do not exist, each once."""
    wordings = list_wordings(session, agency_id)
    found = [name for each in wordings for name in Wording(each.subject, each.message).unknown_placeholders()]
    return list(dict.fromkeys(found))
