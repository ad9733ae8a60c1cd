"""The way out of every mail: an opaque id that only this product can make, and what it does."""

from datetime import datetime
from hmac import compare_digest

from sqlalchemy.orm import Session

from survey_app.bounces.service import MailHandlers
from survey_app.errors import N_, NotFound
from survey_app.outbox.models import OutgoingEmail
from survey_app.tokens import derive_token

LARGEST_ID = 2**63 - 1


def seal_unsubscribe_id(key: bytes, mail: OutgoingEmail) -> str:
    # A number alone would name another mail after a restore: the backup has not seen all that were given.
    return f"{mail.id}-{derive_token(key, 'unsubscribe', mail.id, mail.deduplication_key)[:22]}"


def read_unsubscribe_id(opaque_id: str) -> int | None:
    """Return the mail that an unsubscribe link says it came with; nothing is proved yet."""
    number = opaque_id.partition("-")[0]
    return int(number) if number.isascii() and number.isdecimal() and int(number[:20]) <= LARGEST_ID else None


def unsubscribe_url(key: bytes, base_url: str, mail: OutgoingEmail) -> str:
    return f"{base_url.rstrip('/')}/u/{seal_unsubscribe_id(key, mail)}"


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


def opt_out(session: Session, email: OutgoingEmail, handlers: MailHandlers, now: datetime) -> None:
    """Send this person no more of these mails; asking twice changes nothing."""
    if email.opted_out_at is None:
        email.opted_out_at = now
        handlers.person_opts_out(session, email, now)
