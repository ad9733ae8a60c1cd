"""The mails in hand: claimed for a while, begun one by one, recorded one by one. The lease id proves whose they are."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, select, true, update
from sqlalchemy.orm import Session

from survey_app.outbox.models import MAX_REPLY, OutboxSwitch, OutgoingEmail
from survey_app.outbox.rules import (
    FIRST_BREAK,
    LEASE,
    LONGEST_BREAK,
    Fate,
    MailState,
    Outcome,
    Verdict,
    backoff,
    doubt,
    judge,
    waiting,
    withheld_state,
    within_pace,
)
from survey_app.outbox.service import the_switch

BATCH = 40
# The columns to change are those of the values given with it: the text of the statement is made once.
OURS = update(OutgoingEmail.__table__).where(  # type: ignore[arg-type]
    OutgoingEmail.__table__.c.id == bindparam("its_id"), OutgoingEmail.__table__.c.lease_id == bindparam("its_lease")
)
NOT_HELD = ~exists(select(OutboxSwitch.id).where(OutboxSwitch.held_at.is_not(None)))
IN_TIME = func.coalesce(OutgoingEmail.expires_at > bindparam("at", type_=OutgoingEmail.created_at.type), true())
FREED: dict[str, Any] = {"lease_id": None, "leased_until": None, "begun_at": None, "due_at": None}


@dataclass(frozen=True)
class Claim:
    """The mails that one carrier has in hand, and the lease that proves it."""

    lease_id: str = ""
    mails: Sequence[OutgoingEmail] = ()
    is_probe: bool = False


def claim(session: Session, now: datetime, per_minute: int, batch: int = BATCH) -> Claim:
    """Lease the mails that are due, as many as the domains' pace allows.

    Nothing is claimed while the outbox is held or the relay's breaker is open; after the break each connection tries
    the relay with a single mail. Claims take turns at the switch, so that each counts the mails of the others.
    """
    switch = the_switch(session)
    if switch.held_at or (switch.open_until and switch.open_until > now):
        return Claim()
    lease_id = uuid.uuid4().hex
    mails = _find_due(session, now, per_minute, 1 if switch.n_faults else batch)
    for mail in mails:
        mail.state, mail.lease_id, mail.leased_until = MailState.LEASED, lease_id, now + LEASE
        mail.claimed_at, mail.due_at = now, None
    session.flush()
    for mail in mails:
        # It is read long after this transaction has ended: none is open while the relay is spoken to.
        session.expunge(mail)
    return Claim(lease_id, mails, switch.n_faults > 0)


def _find_due(session: Session, now: datetime, per_minute: int, batch: int) -> list[OutgoingEmail]:
    this_minute = OutgoingEmail.claimed_at >= now.replace(second=0, microsecond=0)
    counts = select(OutgoingEmail.domain, func.count().label("n")).where(this_minute).group_by(OutgoingEmail.domain)
    n_claimed = {row.domain: row.n for row in session.execute(counts)}
    exhausted = [domain for domain, n in n_claimed.items() if n >= per_minute]
    due = session.scalars(
        select(OutgoingEmail)
        .where(OutgoingEmail.due_at <= now, OutgoingEmail.domain.not_in(exhausted))
        .order_by(OutgoingEmail.due_at, OutgoingEmail.id)
        .limit(batch)
        .with_for_update(skip_locked=True)
    ).all()
    allowed = within_pace([mail.domain for mail in due], n_claimed, per_minute)
    return [mail for mail, is_allowed in zip(due, allowed, strict=True) if is_allowed]


def begin(
    session: Session, mail: OutgoingEmail, message_id: str, now: datetime, still_wanted: ColumnElement[bool]
) -> bool:
    """Prove the lease, look at the person a last time, and note that the relay is about to be asked: one statement.

    Return False where it must not be: the lease passed to another worker, the mail was cancelled or is late, the
    outbox is held, or what the room above asked to hold does not hold any more.
    """
    begun = {"begun_at": now, "leased_until": now + LEASE, "message_id": message_id}
    return _write(session, mail, NOT_HELD, IN_TIME, still_wanted, at=now, **begun)


def withhold(session: Session, mail: OutgoingEmail, reason: str) -> None:
    """Note that a mail must not leave any more: the person has answered, opted out, or it is too late."""
    _write(session, mail, **FREED, state=withheld_state(reason, mail.n_doubts), reason=reason)


def record(session: Session, mail: OutgoingEmail, outcome: Outcome, now: datetime, draw: float) -> Verdict | None:
    """Write what became of a mail, unless its lease passed to another worker meanwhile."""
    verdict = judge(outcome.fate, mail.n_attempts, mail.n_doubts, now - mail.created_at, now, draw)
    said = {"last_code": outcome.code, "last_reply": outcome.reply[:MAX_REPLY]}
    sent_at = now if outcome.fate is Fate.ACCEPTED else None
    return verdict if _write(session, mail, **{**FREED, **asdict(verdict), **said}, sent_at=sent_at) else None


def _write(session: Session, mail: OutgoingEmail, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Change a mail where the lease is still ours."""
    statement = OURS.where(*conditions) if conditions else OURS
    changed = session.connection().execute(statement, {"its_id": mail.id, "its_lease": mail.lease_id, **values})
    return changed.rowcount == 1


def give_back(session: Session, lease_id: str, now: datetime) -> None:
    """Return the mails of a lease that were never begun: they wait as before."""
    _return(session, (OutgoingEmail.lease_id == lease_id) & OutgoingEmail.begun_at.is_(None), now)


def recover_expired_leases(session: Session, now: datetime) -> int:
    """Take back what a killed worker had in hand, and return how many mails that were.

    What it had not begun waits again. What it had begun may have reached the relay: that is in doubt, and is
    sent once more under the same Message-ID.
    """
    return _return(session, OutgoingEmail.leased_until <= now, now)


def _return(session: Session, chosen: ColumnElement[bool], now: datetime) -> int:
    mails = session.scalars(select(OutgoingEmail).where(chosen).with_for_update(skip_locked=True)).all()
    for mail in mails:
        is_begun, tried = mail.begun_at is not None, (mail.n_attempts, mail.n_doubts, now)
        verdict = doubt(*tried, "worker_lost") if is_begun else waiting(*tried, mail.reason)
        for column, value in {**FREED, **asdict(verdict)}.items():
            setattr(mail, column, value)
    return len(mails)


def expire_late(session: Session, now: datetime) -> None:
    """Settle the mails whose time has passed before they could leave."""
    may_wait = OutgoingEmail.state.in_((MailState.QUEUED, MailState.DEFERRED, MailState.HELD))
    expired = {"state": MailState.EXPIRED, "reason": "late", "due_at": None}
    session.execute(update(OutgoingEmail).where(OutgoingEmail.expires_at <= now, may_wait).values(expired))


def open_breaker(session: Session, fault: str, now: datetime, draw: float) -> datetime:
    """Stop every worker for a while after a fault of the relay; return until when."""
    switch = the_switch(session)
    if switch.open_until is None or switch.open_until <= now:
        switch.n_faults += 1
        switch.open_until = now + backoff(switch.n_faults, draw, FIRST_BREAK, LONGEST_BREAK)
    switch.last_fault = fault[:MAX_REPLY]
    return switch.open_until


def close_breaker(session: Session) -> None:
    """Forget the relay's faults after a mail went through."""
    switch = the_switch(session)
    switch.n_faults, switch.open_until, switch.last_fault = 0, None, ""
