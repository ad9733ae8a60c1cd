"""What a mail says, decided when it is sent: the contract between the outbox and the rooms that write mails."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from sqlalchemy import ScalarSelect
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


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What a composer's reading of a mail looks like now, as one text: SQL for a row of outgoing_email."""

    current: ScalarSelect[str]


@dataclass(frozen=True)
class Reading:
    """What a composer read about one mail, and the fingerprint of it."""

    facts: Any
    fingerprint: str


@runtime_checkable
class FarSighted(Protocol):
    """A composer that reads about many mails at once and can prove, when a mail is begun, that nothing has changed.

    So a letter may be written well before it leaves, and still nobody is written to who has just answered.
    """

    fingerprint: Fingerprint

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        """Write a mail from what is read at once."""

    def look(self, session: Session, mails: Sequence[OutgoingEmail]) -> Mapping[int, Reading]:
        """Read about these mails in one journey to the database; return what was found, by mail."""

    def write(
        self, session: Session, mail: OutgoingEmail, reading: Reading | None, now: datetime
    ) -> ComposedEmail | Withheld:
        """Write a mail from what was read about it."""


Composer = Callable[[Session, OutgoingEmail, datetime], ComposedEmail | Withheld]
Composers = Mapping[str, Composer | FarSighted]
