"""Write mails to send, and change their course: cancel, hold, release, settle a doubt."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey_app.db import Base
from survey_app.errors import N_, NotFound, Refusal
from survey_app.outbox.models import MAX_RECIPIENT, OutboxSwitch, OutgoingEmail
from survey_app.outbox.rules import MailState, domain_of

WAITING = (MailState.QUEUED, MailState.DEFERRED, MailState.LEASED)
NOT_LEFT = (*WAITING, MailState.HELD)
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


def enqueue(session: Session, *, now: datetime, **known: Any) -> None:
    """Write a mail (the fields of MailToSend) in the transaction of what causes it; the same key is the same mail."""
    enqueue_all(session, [MailToSend(**known)], now)


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
    wanted = {OutgoingEmail.wave_id: wave_id, OutgoingEmail.subject_id: subject_id}
    chosen = [column == value for column, value in wanted.items() if value is not None]
    chosen += [OutgoingEmail.kind.in_(list(kinds))] if kinds else []
    return _move(session, NOT_LEFT, *chosen, state=MailState.CANCELLED, reason=reason)


def hold_wave(session: Session, wave_id: int, reason: str) -> int:
    """Hold what has not left yet of one wave, until resume_wave."""
    return _move(session, WAITING, OutgoingEmail.wave_id == wave_id, state=MailState.HELD, reason=reason)


def resume_wave(session: Session, wave_id: int, now: datetime) -> int:
    """Let the held mails of one wave leave again, each no sooner than it was meant to."""
    due_at = func.coalesce(OutgoingEmail.not_before, now)
    chosen = OutgoingEmail.wave_id == wave_id
    return _move(session, [MailState.HELD], chosen, state=MailState.QUEUED, reason="", due_at=due_at)


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
    return _move(session, (*NOT_LEFT, MailState.IN_DOUBT), state=MailState.CANCELLED, reason="not_released")


def the_switch(session: Session) -> OutboxSwitch:
    """Return the one row that every worker reads, locked for a change."""
    _insert_new(session, OutboxSwitch, [{"id": 1, "held_reason": "", "n_faults": 0, "last_fault": ""}], "id")
    return session.scalars(select(OutboxSwitch).with_for_update()).one()


def _move(session: Session, states: Iterable[MailState], *chosen: ColumnElement[bool], **values: object) -> int:
    """Move the mails of these states that no relay has been asked to carry; return how many those were."""
    freed = {"lease_id": None, "leased_until": None, "due_at": None}
    moved = session.execute(
        update(OutgoingEmail)
        .where(OutgoingEmail.state.in_(list(states)), OutgoingEmail.begun_at.is_(None), *chosen)
        .values({**freed, **values})
        .returning(OutgoingEmail.id)
        .execution_options(synchronize_session="fetch")
    )
    return len(moved.all())
