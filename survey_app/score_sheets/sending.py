"""Send a sheet to named people, each by a personal link, and note who says they have read it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.signing_in import find_user
from survey_app.clients.models import MAX_NAME, Contact
from survey_app.errors import N_, Invalid, Refusal
from survey_app.outbox.service import enqueue
from survey_app.score_sheets.models import Edition, ScoreSheet, SheetRecipient
from survey_app.score_sheets.service import note_deed
from survey_app.tokens import derive_token, find_by_token, hash_token
from survey_app.validation import clean_email, clean_line

KIND = "sheet"
PURPOSE = "sheet-recipient"


def derive_recipient_token(token_key: bytes, recipient: SheetRecipient) -> str:
    return derive_token(
        token_key, PURPOSE, recipient.sheet_id, recipient.email, recipient.token_version, recipient.sent_at
    )


def recipient_link(public_base_url: str, token: str) -> str:
    return f"{public_base_url.rstrip('/')}/s/r/{token}"


def send_sheet(
    session: Session,
    sheet: ScoreSheet,
    name: str,
    email: str,
    language: str,
    token_key: bytes,
    actor: str,
    now: datetime,
) -> SheetRecipient:
    """Send the newest edition to one person; the same person twice gets the same link and one mail an edition."""
    name, email = clean_line(name, MAX_NAME), clean_email(email)
    if not name:
        raise Invalid(N_("Write who receives the sheet."), field="name")
    if not email:
        raise Invalid(N_("Write the address that the sheet is sent to."), field="email")
    if language not in ("fr", "en"):
        raise Invalid(N_("Choose French or English."), field="language")
    _check_contact(session, sheet, email)
    recipient = next((one for one in sheet.recipients if one.email == email), None)
    if recipient is None:
        recipient = _add_recipient(session, sheet, name, email, language, token_key, actor, now)
    number = sheet.editions[0].number
    enqueue(
        session,
        kind=KIND,
        recipient=email,
        language=recipient.language,
        now=now,
        subject_id=recipient.id,
        deduplication_key=f"sheet:{recipient.id}:{number}",
        wave_id=sheet.wave_id,
        client_id=sheet.wave.campaign.client_id,
    )
    note_deed(session, sheet, "sheet_sent", actor, now, recipient=recipient.id, edition=number)
    return recipient


def _check_contact(session: Session, sheet: ScoreSheet, email: str) -> None:
    """Refuse an address that is not the client's: the link answers in the client's name."""
    if any(find_user(session, one) is not None for one in (email, _untagged(email))):
        raise Invalid(
            N_("This address is a colleague's: the link speaks for the client. Choose one of the client's contacts."),
            field="email",
        )
    if not _is_contact(session, sheet, email):
        raise Invalid(N_("This address is no active contact of the client. Add the contact first."), field="email")


def _is_contact(session: Session, sheet: ScoreSheet, email: str) -> bool:
    client_id = sheet.wave.campaign.client_id
    known = select(Contact.id).where(Contact.client_id == client_id, Contact.email == email, Contact.is_active)
    return session.scalar(known) is not None


def _untagged(email: str) -> str:
    """Return the mailbox behind an address: what stands after a plus sign only sorts its owner's mail."""
    local, at, domain = email.rpartition("@")
    return local.partition("+")[0] + at + domain


def _add_recipient(
    session: Session,
    sheet: ScoreSheet,
    name: str,
    email: str,
    language: str,
    token_key: bytes,
    actor: str,
    now: datetime,
) -> SheetRecipient:
    recipient = SheetRecipient(
        sheet_id=sheet.id,
        sheet=sheet,
        name=name,
        email=email,
        language=language,
        token_version=1,
        sent_at=now,
        sent_by=actor,
    )
    recipient.token_hash = hash_token(derive_recipient_token(token_key, recipient))
    session.add(recipient)
    session.flush()
    return recipient


def find_recipient(session: Session, token: str) -> SheetRecipient | None:
    """Return the person of a link, as long as its address is that of an active contact: it speaks for the client."""
    found = find_by_token(session, SheetRecipient, token)
    return found if found is not None and _is_contact(session, found.sheet, found.email) else None


def note_reading(session: Session, recipient: SheetRecipient, edition: Edition, now: datetime) -> None:
    """Note that a person says they have read an edition: an explicit click, never the opening of a page."""
    if recipient.read_edition is not None and recipient.read_edition >= edition.number:
        return
    if edition.sheet_id != recipient.sheet_id:
        raise Refusal(N_("This edition belongs to another sheet."))
    recipient.read_at, recipient.read_edition = now, edition.number
    session.flush()
    who, sheet = recipient.name, recipient.sheet
    note_deed(session, sheet, "sheet_read", who, now, recipient=recipient.id, edition=edition.number)
