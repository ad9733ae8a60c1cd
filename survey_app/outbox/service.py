"""Write mails to send, change their course (cancel, hold, release, settle a doubt), and tell what was learnt."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey_app.db import Base
from survey_app.errors import N_, NotFound, Refusal
from survey_app.outbox.models import MAX_RECIPIENT, OutboxSwitch, OutgoingEmail
from survey_app.outbox.rules import MailState, RefusalKind, domain_of, refusal_kind
from survey_app.outbox.sealing import is_unsubscribe_id_of, read_unsubscribe_id

NOT_LEFT = (MailState.QUEUED, MailState.DEFERRED, MailState.HELD, MailState.LEASED)
FOR_A_PERSON = (MailState.IN_DOUBT, MailState.FAILED, MailState.DEAD, MailState.HELD)
BATCH = 500


@dataclass(frozen=True)
class MailToSend:
    """What is known of a mail when its cause happens; the text is written when it leaves."""

    kind: str
    recipient: str
    language: str
    deduplication_key: str
    subject_id: int | None = None
    wave_id: int | None = None
    client_id: int | None = None
    not_before: datetime | None = None
    expires_at: datetime | None = None


def enqueue(session: Session, *, now: datetime, **known: Any) -> OutgoingEmail:
    """Write a mail (the fields of MailToSend) in the transaction of what causes it; the same key is the same mail."""
    mail = MailToSend(**known)
    enqueue_all(session, [mail], now)
    same_key = OutgoingEmail.deduplication_key == mail.deduplication_key
    return session.scalars(select(OutgoingEmail).where(same_key)).one()


def enqueue_all(session: Session, mails: Iterable[MailToSend], now: datetime) -> None:
    """Write many mails at once; those whose deduplication key is known already are left as they are."""
    rows = [_row(mail, now) for mail in mails]
    session.flush()
    for start in range(0, len(rows), BATCH):
        _insert_new(session, OutgoingEmail, rows[start : start + BATCH], "deduplication_key")


def _insert_new(session: Session, table: type[Base], rows: list[dict[str, object]], unique_column: str) -> None:
    """Insert the rows that are not there yet; two who insert the same row at once both succeed."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(table).on_conflict_do_nothing(index_elements=[unique_column]), rows)


def _row(mail: MailToSend, now: datetime) -> dict[str, object]:
    due_at = max(now, mail.not_before) if mail.not_before else now
    recipient = mail.recipient.strip()[:MAX_RECIPIENT]
    derived = {"recipient": recipient, "domain": domain_of(recipient), "created_at": now, "due_at": due_at}
    return {**asdict(mail), **derived, "state": MailState.QUEUED}


def cancel(
    session: Session,
    *,
    wave_id: int | None = None,
    subject_id: int | None = None,
    kinds: Iterable[str] = (),
    reason: str = "cancelled",
) -> int:
    """Cancel what has not left yet of a wave or of one subject, and return how many mails that were.

    A worker proves its lease before it speaks to the relay: what it has claimed but not begun is stopped too.
    """
    if wave_id is None and subject_id is None:
        raise ValueError("say which wave or which subject to cancel the mails of")
    chosen: list[ColumnElement[bool]] = [OutgoingEmail.state.in_(NOT_LEFT), OutgoingEmail.begun_at.is_(None)]
    chosen += [OutgoingEmail.wave_id == wave_id] if wave_id is not None else []
    chosen += [OutgoingEmail.subject_id == subject_id] if subject_id is not None else []
    chosen += [OutgoingEmail.kind.in_(list(kinds))] if kinds else []
    return _move(session, chosen, state=MailState.CANCELLED, reason=reason)


def hold_wave(session: Session, wave_id: int, reason: str) -> int:
    """Hold what has not left yet of one wave, until resume_wave."""
    waiting = (MailState.QUEUED, MailState.DEFERRED, MailState.LEASED)
    chosen = [
        OutgoingEmail.wave_id == wave_id,
        OutgoingEmail.state.in_(waiting),
        OutgoingEmail.begun_at.is_(None),
    ]
    return _move(session, chosen, state=MailState.HELD, reason=reason)


def resume_wave(session: Session, wave_id: int, now: datetime) -> int:
    """Let the held mails of one wave leave again, each no sooner than it was meant to."""
    chosen = [OutgoingEmail.wave_id == wave_id, OutgoingEmail.state == MailState.HELD]
    due_at = func.coalesce(OutgoingEmail.not_before, now)
    return _move(session, chosen, state=MailState.QUEUED, reason="", due_at=due_at)


def settle(session: Session, email_id: int, *, is_delivered: bool, now: datetime) -> OutgoingEmail:
    """Record what a person found out about a mail that the product could not settle itself.

    Delivered makes it sent; not delivered puts it back in the queue with its counts at zero.
    """
    email = session.get(OutgoingEmail, email_id, with_for_update=True)
    if email is None:
        raise NotFound(N_("There is no mail with the number %(id)s. See: flask outbox status --doubts"), id=email_id)
    if email.state not in FOR_A_PERSON:
        raise Refusal(
            N_("The mail %(id)s is %(state)s: only a mail in doubt, failed, dead or held waits for a person."),
            id=email_id,
            state=email.state.value,
        )
    email.reason = "settled_by_hand"
    if is_delivered:
        email.state, email.sent_at, email.due_at = MailState.SENT, now, None
    else:
        email.state, email.due_at, email.n_attempts, email.n_doubts = MailState.QUEUED, now, 0, 0
    return email


def hold_outbox(session: Session, reason: str, now: datetime) -> None:
    """Stop everything: no worker claims a mail until a person releases the outbox.

    A restored backup comes up like this: what it calls queued may have been sent since it was made.
    """
    switch = the_switch(session)
    switch.held_at, switch.held_reason = switch.held_at or now, reason


def release_outbox(session: Session, *, cancels_waiting: bool = False) -> int:
    """Let the outbox send again, after cancelling what was waiting where the person asks for it."""
    switch = the_switch(session)
    switch.held_at, switch.held_reason, switch.open_until, switch.n_faults = None, "", None, 0
    if not cancels_waiting:
        return 0
    states = (*NOT_LEFT, MailState.IN_DOUBT)
    return _move(session, [OutgoingEmail.state.in_(states)], state=MailState.CANCELLED, reason="not_released")


def the_switch(session: Session) -> OutboxSwitch:
    """Return the one row that every worker reads, locked for a change."""
    _insert_new(session, OutboxSwitch, [{"id": 1, "held_reason": "", "n_faults": 0, "last_fault": ""}], "id")
    return session.scalars(select(OutboxSwitch).with_for_update()).one()


def _move(session: Session, chosen: list[ColumnElement[bool]], **values: object) -> int:
    freed = {"lease_id": None, "leased_until": None, "begun_at": None, "due_at": None}
    moved = session.execute(
        update(OutgoingEmail)
        .where(*chosen)
        .values({**freed, **values})
        .returning(OutgoingEmail.id)
        .execution_options(synchronize_session="fetch")
    )
    return len(moved.all())


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
