"""Take a person's word that they want no more of these mails."""

from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.errors import N_, NotFound
from survey_app.outbox.handling import MailHandlers
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.sealing import is_unsubscribe_id_of, read_unsubscribe_id


def find_mail(session: Session, key: bytes, opaque_id: str) -> OutgoingEmail:
    """Return the mail that an unsubscribe link came with; forged and erased links are the same to the asker."""
    email_id = read_unsubscribe_id(opaque_id)
    email = session.get(OutgoingEmail, email_id) if email_id is not None else None
    # A mail whose address was erased speaks of nobody any more.
    if email is None or not email.recipient or not is_unsubscribe_id_of(key, opaque_id, email):
        raise NotFound(N_("This link leads nowhere any more. Use the one in the last mail that you received."))
    return email


def opt_out(session: Session, email: OutgoingEmail, handlers: MailHandlers, now: datetime) -> None:
    """Send this person no more of these mails; asking twice changes nothing."""
    if email.opted_out_at is None:
        email.opted_out_at = now
        handlers.person_opts_out(session, email, now)
