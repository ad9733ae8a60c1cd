"""Read the agency, and the clients that a person works for."""

from collections.abc import Sequence
from hmac import compare_digest

from sqlalchemy import ColumnElement, exists, func, select, true
from sqlalchemy.orm import Session

from survey_app.accounts.access import Viewer
from survey_app.clients.mails import read_unsubscribe_id, seal_unsubscribe_id
from survey_app.clients.models import AddressState, Agency, Client, Contact
from survey_app.errors import N_, NotFound
from survey_app.outbox.models import OutgoingEmail


def find_agency(session: Session) -> Agency | None:
    """Return the agency of this installation, the first one created."""
    return session.scalars(select(Agency).order_by(Agency.id).limit(1)).one_or_none()


def get_agency(session: Session) -> Agency:
    agency = find_agency(session)
    if agency is None:
        raise NotFound(N_("There is no agency yet. Create it first."))
    return agency


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """Return the condition that leaves the clients this person works for."""
    return true() if viewer.client_ids is None else Client.id.in_(sorted(viewer.client_ids))


def list_clients(session: Session, viewer: Viewer) -> Sequence[Client]:
    return session.scalars(select(Client).where(visible_to(viewer)).order_by(Client.name, Client.id)).all()


def find_client(session: Session, client_key: str) -> Client:
    """Return a client by its key, for those whom nobody has to be let in: the command line."""
    client = session.scalars(select(Client).where(Client.key == client_key)).one_or_none()
    if client is None:
        raise NotFound(N_("There is no client with the identifier %(key)s."), key=client_key)
    return client


def get_client(session: Session, viewer: Viewer, client_key: str) -> Client:
    """Return a client that this person works for; the others do not exist for them."""
    client = session.scalars(select(Client).where(Client.key == client_key, visible_to(viewer))).one_or_none()
    if client is None:
        raise NotFound(N_("There is no such client among those you work for."))
    return client


def list_contacts(session: Session, client: Client) -> Sequence[Contact]:
    """Return the client's contacts, those who are still asked first."""
    return session.scalars(
        select(Contact)
        .where(Contact.client_id == client.id)
        .order_by(Contact.is_active.desc(), Contact.name, Contact.id)
    ).all()


def get_contact(session: Session, client: Client, contact_id: int) -> Contact:
    contact = session.get(Contact, contact_id)
    if contact is None or contact.client_id != client.id:
        raise NotFound(N_("There is no such contact of this client."))
    return contact


def find_contact(session: Session, client: Client, email: str) -> Contact | None:
    return session.scalars(select(Contact).where(Contact.client_id == client.id, Contact.email == email)).one_or_none()


def count_contacts(session: Session, clients: Sequence[Client]) -> dict[int, int]:
    """Return how many contacts of each client are still asked."""
    rows = session.execute(
        select(Contact.client_id, func.count())
        .where(Contact.client_id.in_([client.id for client in clients]), Contact.is_active)
        .group_by(Contact.client_id)
    )
    return dict(iter(rows))


def still_to_be_written_to(contact_id: int) -> ColumnElement[bool]:
    """Return as a condition in SQL that this contact wants mails and can get them, for when a mail is begun."""
    is_reached = Contact.opted_out_at.is_(None) & (Contact.address_state != AddressState.DEAD)
    return exists(select(Contact.id).where(Contact.id == contact_id, is_reached))


def find_mail(session: Session, key: bytes, opaque_id: str) -> OutgoingEmail:
    """Return the mail that an unsubscribe link came with; forged and erased links are the same to the asker."""
    email = session.get(OutgoingEmail, read_unsubscribe_id(opaque_id) or 0)
    # A mail whose address was erased speaks of nobody any more.
    if (
        email is None
        or not email.recipient
        or not compare_digest(opaque_id.encode(), seal_unsubscribe_id(key, email).encode())
    ):
        raise NotFound(N_("This link leads nowhere any more. Use the one in the last mail that you received."))
    return email
