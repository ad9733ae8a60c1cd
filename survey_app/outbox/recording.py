"""The two writes of a delivery: what is about to be sent, and what became of it."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
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

    Return None where it must not: the lease passed to another worker, the mail was cancelled, or the composer
    knows that the person has answered, opted out, or that it is too late.
    """
    email = _prove_lease(session, email_id, lease_id, now)
    if email is None or _is_held(session):
        return None
    composed = _compose(session, email, composers, now)
    if isinstance(composed, Withheld):
        _withhold(email, composed.reason)
        return None
    email.begun_at = now
    email.message_id = email.message_id or f"<{secrets.token_hex(16)}@{domain_of(sender)}>"
    history = History(email.n_attempts, email.n_doubts, email.created_at)
    return Parcel(email.id, lease_id, email.kind, email.recipient, email.message_id, history, composed)


def _prove_lease(session: Session, email_id: int, lease_id: str, now: datetime) -> OutgoingEmail | None:
    return session.scalars(
        update(OutgoingEmail)
        .where(
            OutgoingEmail.id == email_id,
            OutgoingEmail.lease_id == lease_id,
            OutgoingEmail.state == MailState.LEASED,
        )
        .values(leased_until=now + LEASE)
        .returning(OutgoingEmail)
        .execution_options(synchronize_session=False)
    ).first()


def _is_held(session: Session) -> bool:
    return session.scalar(select(OutboxSwitch.held_at)) is not None


def _compose(
    session: Session, email: OutgoingEmail, composers: Composers, now: datetime
) -> ComposedEmail | Withheld:
    if email.expires_at is not None and email.expires_at <= now:
        return Withheld(WithheldReason.LATE)
    return composers[email.kind](session, email, now)


def _withhold(email: OutgoingEmail, reason: WithheldReason) -> None:
    # A mail in doubt may have arrived: it cannot be called cancelled, so it stays for a person to judge.
    email.state = MailState.IN_DOUBT if email.n_doubts else reason.state
    email.reason = reason.value
    email.lease_id = email.leased_until = email.due_at = None


def record(session: Session, parcel: Parcel, outcome: Outcome, now: datetime, draw: float) -> Verdict | None:
    """Write what became of a mail, unless its lease passed to another worker meanwhile."""
    verdict = judge(outcome, parcel.history, now, draw)
    written = session.execute(
        update(OutgoingEmail)
        .where(OutgoingEmail.id == parcel.email_id, OutgoingEmail.lease_id == parcel.lease_id)
        .values(
            **FREED, state=verdict.state, due_at=verdict.due_at, reason=verdict.reason,
            n_attempts=verdict.n_attempts, n_doubts=verdict.n_doubts,
            sent_at=now if outcome.fate is Fate.ACCEPTED else None,
            last_code=outcome.code, last_reply=outcome.reply[:MAX_REPLY],
        )
        .returning(OutgoingEmail.id)
        .execution_options(synchronize_session=False)
    )
    return verdict if written.first() is not None else None


def record_uncomposable(session: Session, email_id: int, lease_id: str, why: str, now: datetime, draw: float) -> None:
    """Put off a mail whose text could not be written: a mistake of ours, that a new version may mend."""
    email = _prove_lease(session, email_id, lease_id, now)
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
