"""What a mail says, decided when it is sent: the contract between the outbox and the rooms that write mails."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.states import MailState


@dataclass(frozen=True)
class Attachment:
    """A document that leaves with a mail."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class ComposedEmail:
    """A mail ready to be put into a message; its unsubscribe_url makes it one that people can refuse."""

    subject: str
    text: str
    html: str
    sender_name: str = ""
    recipient_name: str = ""
    reply_to: str = ""
    unsubscribe_url: str = ""
    attachments: tuple[Attachment, ...] = ()


class WithheldReason(StrEnum):
    """Why a mail that was due is not sent after all."""

    ANSWERED = "answered"
    OPTED_OUT = "opted_out"
    DEAD_ADDRESS = "dead_address"
    ERASED = "erased"
    LATE = "late"
    CANCELLED = "cancelled"
    PAUSED = "paused"

    @property
    def state(self) -> MailState:
        return {
            WithheldReason.LATE: MailState.EXPIRED,
            WithheldReason.CANCELLED: MailState.CANCELLED,
            WithheldReason.PAUSED: MailState.HELD,
        }.get(self, MailState.SUPPRESSED)


@dataclass(frozen=True)
class Withheld:
    """The composer's answer where the mail must not leave any more."""

    reason: WithheldReason


Composer = Callable[[Session, OutgoingEmail, datetime], ComposedEmail | Withheld]
Composers = Mapping[str, Composer]
