"""Write the message of a mail in hand, or find out why there is none to send."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import cached_property
from typing import Any, cast

import structlog
from sqlalchemy import Row
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey_app.clock import stopwatch
from survey_app.outbox.composition import ComposedEmail, Composers, Withheld, WithheldReason
from survey_app.outbox.message import Envelope, UnsendableError, build_message, recipient_address, serialise
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import History, domain_of, quotable
from survey_app.outbox.sealing import seal_envelope, seal_message_id
from survey_app.settings import Settings

log = structlog.get_logger()

FRESH_SECONDS = 1.0


@dataclass(frozen=True)
class Parcel:
    """One mail in hand and its message.

    Without a message it says why: the mail must not leave any more (withheld), no relay may be asked to carry it
    (unsendable), or writing it failed by a mistake of ours.
    """

    mail: Row[Any]
    lease_id: str
    message_id: str
    return_path: str
    asked_at: float
    address: str = ""
    message: EmailMessage | None = None
    content: bytes = b""
    withheld: WithheldReason | None = None
    unsendable: str = ""
    mistake: str = ""

    @property
    def email_id(self) -> int:
        return int(self.mail.id)

    @cached_property
    def history(self) -> History:
        return History(self.mail.n_attempts, self.mail.n_doubts, self.mail.created_at)

    @property
    def may_leave(self) -> bool:
        return self.withheld is None and not self.mistake

    def is_stale(self) -> bool:
        """Tell whether a person may have answered, or refused, since it was asked whether the mail may leave."""
        return stopwatch() - self.asked_at > FRESH_SECONDS


@dataclass(frozen=True)
class Writer:
    """What every mail of a worker is written with."""

    composers: Composers
    settings: Settings

    @cached_property
    def _key(self) -> bytes:
        return self.settings.token_key.get_secret_value().encode()

    @cached_property
    def _sender_domain(self) -> str:
        return domain_of(self.settings.mail_sender)

    def write(self, session: Session, mail: Row[Any], lease_id: str, now: datetime) -> Parcel:
        """Ask once more whether the mail may leave, and write its message.

        A mistake stays with this one mail; a busy database is nobody's, and is raised.
        """
        message_id = mail.message_id or seal_message_id(self._key, mail.deduplication_key, self._sender_domain)
        bounces_to = self.settings.bounce_address or self.settings.mail_sender
        about = (mail, lease_id, message_id, seal_envelope(self._key, bounces_to, mail.id), stopwatch())
        try:
            composed = self._compose(session, mail, now)
        except OperationalError:
            raise
        except Exception as error:
            log.exception("mail_not_composed", email_id=mail.id)
            return Parcel(*about, mistake=_in_short(error))
        if isinstance(composed, Withheld):
            return Parcel(*about, withheld=composed.reason)
        try:
            address = recipient_address(mail.recipient)
            message = build_message(composed, Envelope(self.settings.mail_sender, mail.recipient, message_id, now))
            return Parcel(*about, address=address, message=message, content=serialise(message))
        except UnsendableError as error:
            return Parcel(*about, unsendable=str(error))
        except Exception as error:
            log.exception("mail_not_sendable", email_id=mail.id)
            return Parcel(*about, unsendable=_in_short(error))

    def _compose(self, session: Session, mail: Row[Any], now: datetime) -> ComposedEmail | Withheld:
        if mail.expires_at is not None and mail.expires_at <= now:
            return Withheld(WithheldReason.LATE)
        # A row is read like a mail, and a composer changes nothing.
        return self.composers[mail.kind](session, cast(OutgoingEmail, mail), now)


def _in_short(error: Exception) -> str:
    return quotable(f"{type(error).__name__}: {error}")
