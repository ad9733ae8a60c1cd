"""Read the words in force: an agency's own, or the product's."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.clients.models import MailWording
from survey_app.clients.wording.defaults import default_wording
from survey_app.clients.wording.rules import Wording


def wording_for(session: Session, agency_id: int, kind: str, language: str) -> Wording:
    """Return the agency's words where it wrote some, else ours; called under the mail's language."""
    own = session.scalar(select(MailWording).filter_by(agency_id=agency_id, kind=kind, language=language))
    return Wording(own.subject, own.message) if own else default_wording(kind)


def words_for(session: Session, agency_id: int, kind: str, language: str, values: Mapping[str, str]) -> Wording:
    """Return the words in force with what they name filled in."""
    return wording_for(session, agency_id, kind, language).filled(values)
