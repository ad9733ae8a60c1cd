"""Create and change the agency, its clients and their contacts, also by what mails teach about them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.service import note, record
from survey_app.bounces.service import MailHandlers
from survey_app.clients.models import MAX_NAME, AddressState, Agency, Civility, Client, Contact, ContactRole
from survey_app.clients.queries import find_contact, list_contacts
from survey_app.clients.reading import ContactRow
from survey_app.errors import N_, Invalid, Refusal
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.service import hold_wave
from survey_app.validation import clean_colour, clean_email, clean_key, clean_line, clean_text, clean_zone

COMMAND_LINE, MAIL_RELAY = "command line", "mail relay"
MAX_POSTAL_ADDRESS = 500
# /clients/new is the page that creates one.
RESERVED_KEYS = frozenset({"new"})
LANGUAGES = ("fr", "en")


def _clean_name(name: str) -> str:
    cleaned = clean_line(name, MAX_NAME)
    if not cleaned:
        raise Invalid(N_("Give a name."), field="name")
    return cleaned


def _clean_language(language: str) -> str:
    if language not in LANGUAGES:
        raise Invalid(N_("The language is fr or en, not “%(language)s”."), field="language", language=language)
    return language


def create_agency(
    session: Session,
    key: str,
    name: str,
    *,
    postal_address: str = "",
    privacy_contact: str = "",
    accent_colour: str = "#1d4ed8",
    actor: str = COMMAND_LINE,
    now: datetime,
) -> Agency:
    """Create the agency that this installation serves; there is one."""
    existing = session.scalars(select(Agency.name).limit(1)).first()
    if existing:
        raise Refusal(N_("The agency of this installation is already there: %(name)s."), name=existing)
    agency = Agency(key=clean_key(key), created_at=now)
    session.add(agency)
    describe_agency(
        session,
        agency,
        name=name,
        postal_address=postal_address,
        privacy_contact=privacy_contact,
        accent_colour=accent_colour,
        actor=actor,
        now=now,
    )
    return agency


def describe_agency(
    session: Session,
    agency: Agency,
    *,
    name: str,
    postal_address: str,
    privacy_contact: str,
    accent_colour: str,
    actor: str,
    now: datetime,
) -> None:
    """Change what the agency's mails and sheets say of it."""
    agency.name = _clean_name(name)
    agency.postal_address = clean_text(postal_address, MAX_POSTAL_ADDRESS)
    agency.privacy_contact = clean_email(privacy_contact) if privacy_contact.strip() else ""
    agency.accent_colour = clean_colour(accent_colour)
    session.flush()
    note(session, agency, "agency_described", actor, now)


def create_client(
    session: Session,
    agency: Agency,
    key: str,
    name: str,
    *,
    language: str = "fr",
    time_zone: str = "Europe/Paris",
    actor: str = COMMAND_LINE,
    now: datetime,
) -> Client:
    """Create a client; its key stands in addresses and never changes."""
    cleaned = clean_key(key)
    if cleaned in RESERVED_KEYS:
        raise Invalid(N_("“%(key)s” is kept for a page of the product. Choose another one."), field="key", key=cleaned)
    if session.scalars(select(Client.id).where(Client.key == cleaned)).first():
        raise Refusal(N_("There is already a client with the identifier %(key)s."), field="key", key=cleaned)
    client = Client(
        agency_id=agency.id,
        key=cleaned,
        name=_clean_name(name),
        language=_clean_language(language),
        time_zone=clean_zone(time_zone),
        created_at=now,
    )
    session.add(client)
    session.flush()
    note(session, client, "client_created", actor, now)
    return client


def change_client(
    session: Session, client: Client, *, name: str, language: str, time_zone: str, actor: str, now: datetime
) -> None:
    client.name, client.language = _clean_name(name), _clean_language(language)
    client.time_zone = clean_zone(time_zone)
    note(session, client, "client_changed", actor, now)


def add_contact(
    session: Session,
    client: Client,
    name: str,
    email: str,
    role: ContactRole = ContactRole.OTHER,
    *,
    civility: Civility = Civility.NEUTRAL,
    job_title: str = "",
    language: str | None = None,
    is_signatory: bool = False,
    actor: str = COMMAND_LINE,
    now: datetime,
) -> Contact:
    """Add a person of the client; an address is asked once, whatever its case and spaces."""
    address = clean_email(email)
    if find_contact(session, client, address):
        raise Refusal(
            N_("%(email)s is already a contact of %(client)s."), field="email", email=address, client=client.name
        )
    contact = Contact(
        client_id=client.id,
        name=_clean_name(name),
        email=address,
        role=ContactRole(role),
        civility=Civility(civility),
        job_title=clean_line(job_title, MAX_NAME),
        language=_clean_language(language or client.language),
        is_signatory=is_signatory,
        created_at=now,
    )
    session.add(contact)
    session.flush()
    note(session, contact, "contact_added", actor, now)
    return contact


def change_contact(
    session: Session,
    client: Client,
    contact: Contact,
    *,
    name: str,
    email: str,
    role: ContactRole,
    civility: Civility,
    job_title: str,
    language: str,
    is_signatory: bool,
    actor: str,
    now: datetime,
) -> None:
    """Change a contact for the waves to come; a wave that runs keeps what it froze."""
    address = clean_email(email)
    other = find_contact(session, client, address)
    if other is not None and other.id != contact.id:
        raise Refusal(
            N_("%(email)s is already a contact of %(client)s."), field="email", email=address, client=client.name
        )
    if address != contact.email:
        contact.address_state = AddressState.OK
    contact.name, contact.email, contact.role = _clean_name(name), address, ContactRole(role)
    contact.civility, contact.job_title = Civility(civility), clean_line(job_title, MAX_NAME)
    contact.language, contact.is_signatory = _clean_language(language), is_signatory
    note(session, contact, "contact_changed", actor, now)


def set_contact_active(session: Session, contact: Contact, *, is_active: bool, actor: str, now: datetime) -> None:
    """Stop asking a contact, or ask again; their opt-out stays theirs."""
    contact.is_active = is_active
    note(session, contact, "contact_activated" if is_active else "contact_deactivated", actor, now)


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
    met = [row for row in rows if row.email in known]
    changed = {
        row.email: row for row in met if changes_of(known[row.email], row) or _newly_opposed(known[row.email], row)
    }
    return Comparison(
        added=tuple(row for row in rows if row.email not in known),
        changed=tuple(changed.values()),
        unchanged=tuple(row for row in met if row.email not in changed),
        n_opted_out=sum(1 for row in met if known[row.email].opted_out_at),
    )


def changes_of(contact: Contact, row: ContactRow) -> dict[str, object]:
    """Return what the row says otherwise; an opt-out, a dead address and a stopped contact stay as they are."""
    said = {"name": row.name, **{name: getattr(row, name) for name in CHANGEABLE}}
    return {name: value for name, value in said.items() if value is not None and value != getattr(contact, name)}


def _newly_opposed(contact: Contact, row: ContactRow) -> bool:
    return row.is_opposed and contact.opted_out_at is None


def import_contacts(session: Session, client: Client, rows: Iterable[ContactRow], actor: str, now: datetime) -> int:
    """Add the new contacts and correct the known ones by their address; return how many rows were taken."""
    known = {contact.email: contact for contact in list_contacts(session, client)}
    n_rows = n_opposed = 0
    for row in rows:
        n_rows += 1
        contact = known.get(row.email)
        if contact is None:
            contact = _new_contact(client, row, now)
            session.add(contact)
        else:
            for name, value in changes_of(contact, row).items():
                setattr(contact, name, value)
        if _newly_opposed(contact, row):
            contact.opted_out_at = now
            n_opposed += 1
    session.flush()
    note(session, client, "contacts_imported", actor, now, rows=n_rows, opposed=n_opposed)
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


class ContactMailHandlers:
    """Bring bounces and opt-outs to the contact that the mail was written to."""

    def address_is_dead(self, session: Session, email: OutgoingEmail, status: str, now: datetime) -> None:
        for contact in self._contacts(session, email):
            contact.address_state = AddressState.DEAD
            note(session, contact, "address_dead", MAIL_RELAY, now, status=status)

    def mailbox_refuses(self, session: Session, email: OutgoingEmail, status: str, now: datetime) -> None:
        for contact in self._contacts(session, email):
            if contact.address_state is AddressState.OK:
                contact.address_state = AddressState.SOFT
                note(session, contact, "address_soft", MAIL_RELAY, now, status=status)

    def sender_is_refused(self, session: Session, email: OutgoingEmail, status: str, now: datetime) -> None:
        """Pause the wave: its other mails would meet the same refusal, and each one harms the sender."""
        if email.wave_id is None:
            return
        if hold_wave(session, email.wave_id, "sender_refused"):
            record(
                session,
                actor=MAIL_RELAY,
                action="wave_mail_paused",
                subject_type="wave",
                subject_id=email.wave_id,
                now=now,
                details={"status": status},
            )

    def person_opts_out(self, session: Session, email: OutgoingEmail, now: datetime) -> None:
        for contact in self._contacts(session, email):
            if contact.opted_out_at is None:
                contact.opted_out_at = now
                note(session, contact, "opted_out", "contact", now)

    def _contacts(self, session: Session, email: OutgoingEmail) -> list[Contact]:
        chosen = select(Contact).where(Contact.email == email.recipient.strip().lower())
        if email.client_id is not None:
            chosen = chosen.where(Contact.client_id == email.client_id)
        return list(session.scalars(chosen))


def opt_out(session: Session, email: OutgoingEmail, handlers: MailHandlers, now: datetime) -> None:
    """Send this person no more of these mails; asking twice changes nothing."""
    if email.opted_out_at is None:
        email.opted_out_at = now
        handlers.person_opts_out(session, email, now)
