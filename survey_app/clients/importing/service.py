"""Take the contacts of a file into a client, all of them or none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.audit.service import record
from survey_app.clients.importing.rows import ContactRow
from survey_app.clients.models import Civility, Client, Contact, ContactRole
from survey_app.clients.queries import list_contacts

CHANGEABLE = ("role", "civility", "job_title", "language", "is_signatory")


@dataclass(frozen=True)
class Comparison:
    """What the import does, or did: who is new, who changes, who stays as they are."""

    added: tuple[ContactRow, ...]
    changed: tuple[ContactRow, ...]
    unchanged: tuple[ContactRow, ...]
    n_opted_out: int


def compare(session: Session, client: Client, rows: Sequence[ContactRow]) -> Comparison:
    """Tell what an import would do, without doing it."""
    known = {contact.email: contact for contact in list_contacts(session, client)}
    here = [row for row in rows if row.email in known]
    return Comparison(
        added=tuple(row for row in rows if row.email not in known),
        changed=tuple(row for row in here if changes_of(known[row.email], row)),
        unchanged=tuple(row for row in here if not changes_of(known[row.email], row)),
        n_opted_out=sum(1 for row in here if known[row.email].opted_out_at),
    )


def changes_of(contact: Contact, row: ContactRow) -> dict[str, object]:
    """Return what the row says otherwise; an opt-out, a dead address and a stopped contact stay as they are."""
    said = {"name": row.name, **{name: getattr(row, name) for name in CHANGEABLE}}
    return {name: value for name, value in said.items() if value is not None and value != getattr(contact, name)}


def import_contacts(session: Session, client: Client, rows: Iterable[ContactRow], actor: str, now: datetime) -> int:
    """Add the new contacts and correct the known ones by their address; return how many rows were taken."""
    known = {contact.email: contact for contact in list_contacts(session, client)}
    n_rows = 0
    for row in rows:
        n_rows += 1
        contact = known.get(row.email)
        if contact is None:
            session.add(_new_contact(client, row, now))
        else:
            for name, value in changes_of(contact, row).items():
                setattr(contact, name, value)
    session.flush()
    record(
        session,
        actor=actor,
        action="contacts_imported",
        subject_type="client",
        subject_id=client.id,
        now=now,
        details={"rows": n_rows},
    )
    return n_rows


def _new_contact(client: Client, row: ContactRow, now: datetime) -> Contact:
    return Contact(
        client_id=client.id,
        name=row.name,
        email=row.email,
        role=row.role or ContactRole.OTHER,
        civility=row.civility or Civility.NEUTRAL,
        job_title=row.job_title or "",
        language=row.language or client.language,
        is_signatory=bool(row.is_signatory),
        created_at=now,
    )
