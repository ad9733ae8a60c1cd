"""Read whom a mail goes to, and the wordings that agencies have made their own."""

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Select, String, bindparam, cast, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from survey_app.campaigns.models import Invitation, Wave
from survey_app.clients.models import Contact, MailWording
from survey_app.clients.rules import Wording
from survey_app.outbox.composition import Fingerprint, Reading
from survey_app.outbox.models import OutgoingEmail

# What decides whether a person is still to be written to, and what their letter is written with besides.
_DECISIVE: dict[str, ColumnElement[Any] | InstrumentedAttribute[Any]] = {
    "version": Invitation.version,
    "email": Invitation.email,
    "revoked_at": Invitation.revoked_at,
    "answered_at": Invitation.answered_at,
    "refused_at": Invitation.refused_at,
    "opted_out_at": Contact.opted_out_at,
    "address_state": Contact.address_state,
    "wave_state": Wave.state,
    "ends_at": Wave.ends_at,
}
_PERSONAL = (Invitation.id, Invitation.name, Invitation.civility, Invitation.language, Invitation.wave_id, Wave.ends_on)
# Written into the statement: as parameters they would travel anew with every mail.
_NOTHING: ColumnElement[str] = literal_column("''")
_BETWEEN: ColumnElement[str] = literal_column("'\x1f'")


def _in_one_text(columns: Iterable[Any]) -> ColumnElement[str]:
    texts = (func.coalesce(cast(column, String), _NOTHING) for column in columns)
    return reduce(lambda before, text: before.concat(_BETWEEN).concat(text), texts)


def _joined(*columns: Any) -> Select[Any]:
    return (
        select(*columns)
        .select_from(Invitation)
        .join(Contact, Invitation.contact_id == Contact.id)
        .join(Wave, Invitation.wave_id == Wave.id)
    )


_IN_ONE_TEXT = _in_one_text(_DECISIVE.values())
ADDRESSEE_FINGERPRINT = Fingerprint(
    _joined(_IN_ONE_TEXT).where(Invitation.id == OutgoingEmail.subject_id).correlate(OutgoingEmail).scalar_subquery()
)
# Columns alone, and compiled once: they are asked for every mail of a wave.
ADDRESSEES = _joined(
    *_PERSONAL, *(column.label(name) for name, column in _DECISIVE.items()), _IN_ONE_TEXT.label("fingerprint")
).where(Invitation.id.in_(bindparam("these_ids", expanding=True)))


def find_addressees(session: Session, mails: Sequence[OutgoingEmail]) -> dict[int, Reading]:
    """Return what decides whether these people are still to be written to, and how, by mail."""
    rows = session.connection().execute(ADDRESSEES, {"these_ids": [mail.subject_id for mail in mails]})
    found = {row.id: Reading(row, row.fingerprint) for row in rows}
    return {mail.id: found[mail.subject_id] for mail in mails if mail.subject_id in found}


def find_wording(session: Session, agency_id: int, kind: str, language: str) -> MailWording | None:
    return session.scalar(select(MailWording).filter_by(agency_id=agency_id, kind=kind, language=language))


def list_wordings(session: Session, agency_id: int) -> Sequence[MailWording]:
    return session.scalars(select(MailWording).where(MailWording.agency_id == agency_id)).all()


def unknown_placeholders(session: Session, agency_id: int) -> list[str]:
    """List the placeholders of an agency's wordings that do not exist, each once."""
    wordings = list_wordings(session, agency_id)
    found = [name for each in wordings for name in Wording(each.subject, each.message).unknown_placeholders(each.kind)]
    return list(dict.fromkeys(found))
