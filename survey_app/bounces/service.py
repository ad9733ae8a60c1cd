"""Bring delivery reports to the mails and the people that they speak of."""

import hmac
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from survey_app.bounces.rules import DeliveryReport, NotOursError, enhanced_status, read_report
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState

log = structlog.get_logger()


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


def tell(handlers: MailHandlers, session: Session, email: OutgoingEmail, reply: str, now: datetime) -> None:
    """Tell the rooms above whose fault a refusal is: 5.1.x the address's, 5.7.x the sender's, the rest a bad day's."""
    status = enhanced_status(reply)
    # Bad sender's mailbox syntax and bad sender's system address: 5.1 by number, the sender's fault by meaning.
    if status.startswith("5.7.") or status in {"5.1.7", "5.1.8"}:
        handlers.sender_is_refused(session, email, status, now)
    elif status.startswith("5.1."):
        handlers.address_is_dead(session, email, status, now)
    else:
        handlers.mailbox_refuses(session, email, status, now)


@dataclass(frozen=True)
class Incoming:
    """One message of the bounce mailbox, and how to say that it was dealt with, as a report of ours or not."""

    read: Callable[[], bytes]
    mark_done: Callable[[bool], object]


class VanishedError(Exception):
    """A message that was listed and is no longer there: another reader took it."""


@dataclass
class IngestCounts:
    """What a reading of the bounce mailbox came to."""

    n_applied: int = 0
    n_known: int = 0
    n_ignored: int = 0


def ingest(
    messages: Iterable[Incoming],
    key: bytes,
    handlers: MailHandlers,
    now: datetime,
    open_transaction: Callable[[], AbstractContextManager[Session]],
) -> IngestCounts:
    """Read every message once; a message is marked as dealt with after its consequences are committed.

    A message that makes no sense, or whose tag does not verify, changes nothing and stops nothing. A mailbox that
    fails stops the reading: what was not read is as unseen as before.
    """
    counts = IngestCounts()
    for incoming in messages:
        try:
            content = incoming.read()
        except VanishedError:
            continue
        report = _understand(content)
        is_ours = False
        if report is not None:
            with open_transaction() as session:
                email = find_mail(session, report, key)
                is_ours = email is not None
                is_new = email is not None and apply_report(session, email, report.status, handlers, now)
            counts.n_applied += is_new
            counts.n_known += is_ours and not is_new
        counts.n_ignored += not is_ours
        incoming.mark_done(is_ours)
    return counts


def _understand(content: bytes) -> DeliveryReport | None:
    try:
        return read_report(content)
    except NotOursError as error:
        log.info("bounce_ignored", why=str(error))
    except Exception:
        # The mailbox is open to the world: whatever a stranger sends must not stop the reports behind it.
        log.warning("bounce_unreadable", exc_info=True)
    return None


def find_mail(session: Session, report: DeliveryReport, key: bytes) -> OutgoingEmail | None:
    """Return the mail that the report proves to speak of, or None where it was not made for one of ours."""
    for tag in report.tags:
        email = session.get(OutgoingEmail, tag.email_id, with_for_update=True)
        if email is not None and hmac.compare_digest(tag.proof, email.bounce_tag(key)):
            return email
    log.info("bounce_ignored", why="no tag in it is of one of our mails")
    return None


def apply_report(session: Session, email: OutgoingEmail, status: str, handlers: MailHandlers, now: datetime) -> bool:
    """Note a bounce on its mail and tell the rooms above, once; return False where it was known already."""
    if email.bounced_at is not None:
        return False
    email.bounced_at, email.bounce_status = now, status
    if email.state is MailState.IN_DOUBT:
        # What bounced had been taken by the relay: the doubt is settled, and nothing is sent again.
        email.state, email.sent_at, email.due_at = MailState.SENT, now, None
    tell(handlers, session, email, status, now)
    return True
