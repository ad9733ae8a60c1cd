"""The two writes of a delivery: what is about to be sent, and what became of it."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import String, Table, bindparam, exists, func, select, update
from sqlalchemy.orm import Session

from survey_app.outbox.composition import ComposedEmail, Composers, Withheld, WithheldReason
from survey_app.outbox.models import MAX_REPLY, OutboxSwitch, OutgoingEmail
from survey_app.outbox.rules import (
    LEASE,
    Fate,
    History,
    Outcome,
    Verdict,
    break_length,
    domain_of,
    judge,
)
from survey_app.outbox.service import the_switch
from survey_app.outbox.states import MailState

FREED = {"lease_id": None, "leased_until": None, "begun_at": None}
MAILS = cast(Table, OutgoingEmail.__table__)

# Both run for every mail, so they are compiled once and speak to the table without the mapper.
_IN_HAND = (
    MAILS.c.id == bindparam("this_id"),
    MAILS.c.lease_id == bindparam("this_lease"),
    MAILS.c.state == MailState.LEASED,
)
BEGIN = (
    update(MAILS)
    .where(*_IN_HAND, ~exists(select(OutboxSwitch.id).where(OutboxSwitch.held_at.is_not(None))))
    .values(
        begun_at=bindparam("now"),
        leased_until=bindparam("until"),
        message_id=func.coalesce(MAILS.c.message_id, bindparam("new_message_id", type_=String())),
    )
    .returning(*MAILS.c)
)
RECORD = (
    update(MAILS)
    .where(*_IN_HAND)
    .values(
        **FREED,
        state=bindparam("new_state"),
        due_at=bindparam("due"),
        reason=bindparam("why"),
        n_attempts=bindparam("attempts"),
        n_doubts=bindparam("doubts"),
        sent_at=bindparam("sent"),
        last_code=bindparam("code"),
        last_reply=bindparam("reply"),
    )
)


@dataclass(frozen=True)
class Parcel:
    """One mail in hand, written and about to be sent."""

    email_id: int
    lease_id: str
    kind: str
    recipient: str
    message_id: str
    history: History
    composed: ComposedEmail


def begin(
    session: Session, email_id: int, lease_id: str, composers: Composers, sender: str, now: datetime
) -> Parcel | None:
    """Prove the lease, ask once more whether the mail may leave, and write its text.

    Return None where it must not: the lease passed to another worker, the mail was cancelled, the outbox is
    held, or the composer knows that the person has answered, opted out, or that it is too late.
    """
    row = session.connection().execute(
        BEGIN,
        {
            "this_id": email_id, "this_lease": lease_id, "now": now, "until": now + LEASE,
            "new_message_id": f"<{secrets.token_hex(16)}@{domain_of(sender)}>",
        },
    ).first()
    if row is None:
        return None
    # A copy to read: what it needs is known already, and a composer changes nothing.
    email = OutgoingEmail(**row._mapping)
    composed = _compose(session, email, composers, now)
    if isinstance(composed, Withheld):
        _withhold(session, email, composed.reason)
        return None
    history = History(email.n_attempts, email.n_doubts, email.created_at)
    return Parcel(email.id, lease_id, email.kind, email.recipient, email.message_id or "", history, composed)


def _compose(
    session: Session, email: OutgoingEmail, composers: Composers, now: datetime
) -> ComposedEmail | Withheld:
    if email.expires_at is not None and email.expires_at <= now:
        return Withheld(WithheldReason.LATE)
    return composers[email.kind](session, email, now)


def _withhold(session: Session, email: OutgoingEmail, reason: WithheldReason) -> None:
    # A mail in doubt may have arrived: it cannot be called cancelled, so it stays for a person to judge.
    state = MailState.IN_DOUBT if email.n_doubts else reason.state
    session.execute(
        update(MAILS).where(MAILS.c.id == email.id).values(**FREED, due_at=None, state=state, reason=reason.value)
    )


def record(session: Session, parcel: Parcel, outcome: Outcome, now: datetime, draw: float) -> Verdict | None:
    """Write what became of a mail, unless its lease passed to another worker meanwhile."""
    verdict = judge(outcome, parcel.history, now, draw)
    written = session.connection().execute(
        RECORD,
        {
            "this_id": parcel.email_id, "this_lease": parcel.lease_id, "new_state": verdict.state,
            "due": verdict.due_at, "why": verdict.reason, "attempts": verdict.n_attempts,
            "doubts": verdict.n_doubts, "sent": now if outcome.fate is Fate.ACCEPTED else None,
            "code": outcome.code, "reply": outcome.reply[:MAX_REPLY],
        },
    )
    return verdict if written.rowcount else None


def record_uncomposable(
    session: Session, email_id: int, lease_id: str, why: str, now: datetime, draw: float
) -> None:
    """Put off a mail whose text could not be written: a mistake of ours, that a new version may mend."""
    email = session.scalars(
        select(OutgoingEmail).where(OutgoingEmail.id == email_id, OutgoingEmail.lease_id == lease_id)
    ).first()
    if email is None:
        return
    history = History(email.n_attempts, email.n_doubts, email.created_at)
    verdict = judge(Outcome(Fate.DEFERRED, reply=why), history, now, draw)
    email.state, email.due_at, email.reason = verdict.state, verdict.due_at, "not_composed"
    email.n_attempts, email.last_reply = verdict.n_attempts, why[:MAX_REPLY]
    email.lease_id = email.leased_until = None


def open_breaker(session: Session, fault: str, now: datetime, draw: float) -> datetime:
    """Stop every worker for a while after a fault of the relay; return until when."""
    switch = the_switch(session)
    if switch.open_until is None or switch.open_until <= now:
        switch.n_faults += 1
        switch.open_until = now + break_length(switch.n_faults, draw)
    switch.last_fault = fault[:MAX_REPLY]
    return switch.open_until


def close_breaker(session: Session) -> None:
    """Forget the relay's faults after a mail went through."""
    switch = the_switch(session)
    switch.n_faults, switch.open_until, switch.last_fault = 0, None, ""
