"""What the outbox learns about people, told to the rooms above it without knowing them."""

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import RefusalKind, refusal_kind


class MailHandlers(Protocol):
    """What to do when an address is dead or full, a sender is refused, or a person opts out.

    Each is called in the transaction that records the fact, at most once for each mail and fact.
    """

    def address_is_dead(self, session: Session, email: OutgoingEmail, status: str, now: datetime) -> None:
        """Never write to this address again (5.1.x)."""

    def mailbox_refuses(self, session: Session, email: OutgoingEmail, status: str, now: datetime) -> None:
        """Note that the address is full or refused this once (5.2.2 and other statuses); it stays in use."""

    def sender_is_refused(self, session: Session, email: OutgoingEmail, status: str, now: datetime) -> None:
        """Pause the campaign (5.7.x): the fault is the sender's, no address is condemned."""

    def person_opts_out(self, session: Session, email: OutgoingEmail, now: datetime) -> None:
        """Send this person no more surveys."""


def tell(session: Session, handlers: MailHandlers, email: OutgoingEmail, status: str, now: datetime) -> None:
    """Tell the rooms above what a refusal with this enhanced status means for a person or a campaign."""
    kind = refusal_kind(status)
    if kind is RefusalKind.ADDRESS_DEAD:
        handlers.address_is_dead(session, email, status, now)
    elif kind is RefusalKind.SENDER_REFUSED:
        handlers.sender_is_refused(session, email, status, now)
    else:
        handlers.mailbox_refuses(session, email, status, now)
