"""The two writes of a delivery: what is about to be sent, and what became of it."""

from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Case, ColumnElement, String, Table, bindparam, case, exists, func, or_, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from survey_app.db import HeldConnection
from survey_app.outbox.composition import Fingerprint, WithheldReason
from survey_app.outbox.models import MAX_REPLY, OutboxSwitch, OutgoingEmail
from survey_app.outbox.rules import (
    LEASE,
    Fate,
    Outcome,
    Verdict,
    break_length,
    judge,
)
from survey_app.outbox.service import the_switch
from survey_app.outbox.states import MailState
from survey_app.outbox.writing import Parcel

FREED = {"lease_id": None, "leased_until": None, "begun_at": None}
MAILS = cast(Table, OutgoingEmail.__table__)

# They run for every mail, so they are compiled once and speak to the table without the mapper.
# A mail has a lease as long as it is leased: the table checks.
_IS_LEASED = MAILS.c.lease_id == bindparam("this_lease")
_IS_NEXT = MAILS.c.id == bindparam("next_id")
_NOTHING_IS_HELD = ~exists(select(OutboxSwitch.id).where(OutboxSwitch.held_at.is_not(None)))
_BEGUN = {
    "begun_at": bindparam("now", type_=MAILS.c.begun_at.type),
    "leased_until": bindparam("until", type_=MAILS.c.leased_until.type),
    "message_id": func.coalesce(MAILS.c.message_id, bindparam("new_message_id", type_=String())),
}
_RECORDED = {
    **FREED,
    "state": bindparam("new_state", type_=MAILS.c.state.type),
    "due_at": bindparam("due", type_=MAILS.c.due_at.type),
    "reason": bindparam("why", type_=MAILS.c.reason.type),
    "n_attempts": bindparam("attempts", type_=MAILS.c.n_attempts.type),
    "n_doubts": bindparam("doubts", type_=MAILS.c.n_doubts.type),
    "sent_at": bindparam("sent", type_=MAILS.c.sent_at.type),
    "last_code": bindparam("code", type_=MAILS.c.last_code.type),
    "last_reply": bindparam("reply", type_=MAILS.c.last_reply.type),
}


def _for_each(column: str) -> Case[Any]:
    return case((_IS_NEXT, _BEGUN.get(column, MAILS.c[column])), else_=_RECORDED.get(column, MAILS.c[column]))


RECORD = update(MAILS).where(MAILS.c.id == bindparam("this_id"), _IS_LEASED).values(_RECORDED)
WITHHOLD = (
    update(MAILS)
    .where(MAILS.c.id == bindparam("this_id"), _IS_LEASED)
    .values(**FREED, due_at=None, state=_RECORDED["state"], reason=_RECORDED["reason"])
)


@cache
def _may_begin(fingerprint: Fingerprint | None) -> ColumnElement[bool]:
    if fingerprint is None:
        return _NOTHING_IS_HELD
    return _NOTHING_IS_HELD & (fingerprint.current == bindparam("proven"))


@cache
def _begin_where(fingerprint: Fingerprint | None) -> ReturningUpdate[Any]:
    return update(MAILS).where(_IS_NEXT, _IS_LEASED, _may_begin(fingerprint)).values(_BEGUN).returning(MAILS.c.id)


@cache
def _record_and_begin_where(fingerprint: Fingerprint | None) -> ReturningUpdate[Any]:
    # The usual step, from a mail that the relay took to the next one, in one journey to the database.
    return (
        update(MAILS)
        .where(
            MAILS.c.id.in_((bindparam("this_id"), bindparam("next_id"))),
            or_(MAILS.c.id == bindparam("this_id"), _may_begin(fingerprint)),
            _IS_LEASED,
        )
        .values({column: _for_each(column) for column in (*_BEGUN, *_RECORDED)})
        .returning(MAILS.c.id)
    )


def begin(session: Session, parcel: Parcel, now: datetime) -> bool:
    """Prove the lease and note that the relay is about to be asked.

    Return False where it must not be: the lease passed to another worker, the mail was cancelled, the outbox is
    held, or the person is not any more as they were when the mail was written.
    """
    statement = _begin_where(parcel.proof and parcel.proof.fingerprint)
    return session.connection().execute(statement, _beginning(parcel, now)).first() is not None


def _beginning(parcel: Parcel, now: datetime) -> dict[str, Any]:
    return {
        "next_id": parcel.email_id,
        "this_lease": parcel.lease_id,
        "now": now,
        "until": now + LEASE,
        "new_message_id": parcel.message_id,
        **({"proven": parcel.proof.text} if parcel.proof else {}),
    }


def withhold(session: Session, parcel: Parcel, reason: WithheldReason) -> None:
    """Note that a mail must not leave any more: the person has answered, opted out, or it is too late."""
    # A mail in doubt may have arrived: it cannot be called cancelled, so it stays for a person to judge.
    state = MailState.IN_DOUBT if parcel.history.n_doubts else reason.state
    session.connection().execute(
        WITHHOLD,
        {"this_id": parcel.email_id, "this_lease": parcel.lease_id, "new_state": state, "why": reason.value},
    )


def record(session: Session, parcel: Parcel, outcome: Outcome, now: datetime, draw: float) -> Verdict | None:
    """Write what became of a mail, unless its lease passed to another worker meanwhile."""
    verdict = judge(outcome, parcel.history, now, draw)
    written = session.connection().execute(RECORD, _recording(parcel, outcome, verdict, now))
    return verdict if written.rowcount else None


def record_and_begin(
    held: HeldConnection, sent: Parcel, outcome: Outcome, coming: Parcel, now: datetime, *, flushes_later: bool
) -> tuple[Verdict | None, bool]:
    """Do what record and begin do, for a mail that the relay took and the next one of the same lease."""
    verdict = judge(outcome, sent.history, now, draw=0)
    values = {**_recording(sent, outcome, verdict, now), **_beginning(coming, now)}
    statement = _record_and_begin_where(coming.proof and coming.proof.fingerprint)
    touched = held.write_at_once(statement, values, flushes_later=flushes_later)
    return verdict if sent.email_id in touched else None, coming.email_id in touched


def _recording(parcel: Parcel, outcome: Outcome, verdict: Verdict, now: datetime) -> dict[str, Any]:
    return {
        "this_id": parcel.email_id,
        "this_lease": parcel.lease_id,
        "new_state": verdict.state,
        "due": verdict.due_at,
        "why": verdict.reason,
        "attempts": verdict.n_attempts,
        "doubts": verdict.n_doubts,
        "sent": now if outcome.fate is Fate.ACCEPTED else None,
        "code": outcome.code,
        "reply": outcome.reply[:MAX_REPLY],
    }


def record_unwritten(session: Session, parcel: Parcel, now: datetime, draw: float) -> None:
    """Put off a mail whose text could not be written: a mistake of ours, that a new version may mend."""
    email = session.scalars(
        select(OutgoingEmail).where(OutgoingEmail.id == parcel.email_id, OutgoingEmail.lease_id == parcel.lease_id)
    ).first()
    if email is None:
        return
    verdict = judge(Outcome(Fate.DEFERRED, reply=parcel.mistake), parcel.history, now, draw)
    email.state, email.due_at, email.reason = verdict.state, verdict.due_at, "not_composed"
    email.n_attempts, email.last_reply = verdict.n_attempts, parcel.mistake[:MAX_REPLY]
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
