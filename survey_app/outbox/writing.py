"""Write the message of a mail in hand, or find out why there is none to send."""

from collections.abc import Sequence
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
from survey_app.outbox.asking import Asker, Proof, is_fresh
from survey_app.outbox.composition import Composers, Withheld, WithheldReason
from survey_app.outbox.message import Envelope, UnsendableError, build_message, recipient_address, serialise
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import History, domain_of, quotable
from survey_app.outbox.sealing import seal_envelope, seal_message_id
from survey_app.settings import Settings

log = structlog.get_logger()


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
    proof: Proof | None = None
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
        return not is_fresh(self.asked_at)


class Writer:
    """What the mails of one connection are written with."""

    def __init__(self, composers: Composers, settings: Settings) -> None:
        self.asker = Asker(composers)
        self._settings = settings

    @cached_property
    def _key(self) -> bytes:
        return self._settings.token_key.get_secret_value().encode()

    @cached_property
    def _sender_domain(self) -> str:
        return domain_of(self._settings.mail_sender)

    def write(self, session: Session, mails: Sequence[Row[Any]], lease_id: str, now: datetime) -> Parcel:
        """Ask once more whether the first of these mails may leave, and write its message.

        A mistake stays with this one mail; a busy database is nobody's, and is raised.
        """
        mail = mails[0]
        message_id = mail.message_id or seal_message_id(self._key, mail.deduplication_key, self._sender_domain)
        bounces_to = self._settings.bounce_address or self._settings.mail_sender
        about = (mail, lease_id, message_id, seal_envelope(self._key, bounces_to, cast(OutgoingEmail, mail)))
        try:
            answer = self.asker.ask(session, mails, now)
        except OperationalError:
            raise
        except Exception as error:
            log.exception("mail_not_composed", email_id=mail.id)
            return Parcel(*about, stopwatch(), mistake=_in_short(error))
        known = (*about, answer.asked_at, answer.proof)
        if isinstance(answer.said, Withheld):
            return Parcel(*known, withheld=answer.said.reason)
        try:
            address = recipient_address(mail.recipient)
            message = build_message(answer.said, Envelope(self._settings.mail_sender, mail.recipient, message_id, now))
            return Parcel(*known, address=address, message=message, content=serialise(message))
        except UnsendableError as error:
            return Parcel(*known, unsendable=str(error))
        except Exception as error:
            log.exception("mail_not_sendable", email_id=mail.id)
            return Parcel(*known, unsendable=_in_short(error))


def _in_short(error: Exception) -> str:
    return quotable(f"{type(error).__name__}: {error}")
