"""Write mails to send, lease and record them one by one, and change their course: cancel, hold, release, settle."""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, exists, func, select, true, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey_app.db import Base
from survey_app.errors import NotFound, Refusal
from survey_app.outbox.models import MAX_RECIPIENT, MAX_REPLY, OutboxSwitch, OutgoingEmail
from survey_app.outbox.rules import BREAK, LEASE, Fate, MailState, Outcome, Verdict, backoff, domain_of, judge, let_go

CLAIMED_AT_ONCE = 40
WAITING = (MailState.QUEUED, MailState.DEFERRED, MailState.LEASED)
NOT_LEFT = (*WAITING, MailState.HELD)
FOR_A_PERSON = (MailState.IN_DOUBT, MailState.FAILED, MailState.DEAD, MailState.HELD)
FREED: dict[str, Any] = {"lease_id": None, "leased_until": None, "begun_at": None, "due_at": None}

# What every mail needs is written once; the columns to change are those of the values that are given with it.
MAILS = OutgoingEmail.__table__
OURS = update(OutgoingEmail.__table__).where(  # type: ignore[arg-type]
    MAILS.c.id == bindparam("its_id"), MAILS.c.lease_id == bindparam("its_lease")
)
NOT_HELD = ~exists(select(OutboxSwitch.id).where(OutboxSwitch.held_at.is_not(None)))
IN_TIME = func.coalesce(OutgoingEmail.expires_at > bindparam("at", type_=OutgoingEmail.created_at.type), true())


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
    session.flush()
    rows: list[dict[str, object]] = []
    for mail in mails:
        recipient = mail.recipient.strip()[:MAX_RECIPIENT]
        due = {"state": MailState.QUEUED, "created_at": now, "due_at": max(now, mail.not_before or now)}
        rows.append({**asdict(mail), "recipient": recipient, "domain": domain_of(recipient), **due})
    if rows:
        _insert_new(session, OutgoingEmail, rows, "deduplication_key")


def _insert_new(session: Session, table: type[Base], rows: list[dict[str, object]], unique_column: str) -> None:
    """Insert the rows that are not there yet; two who insert the same row at once both succeed."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(table).on_conflict_do_nothing(index_elements=[unique_column]), rows)


def cancel(
    session: Session, *, wave_id: int | None = None, subject_id: int | None = None, kinds: Iterable[str] = ()
) -> int:
    """Cancel what has not left yet of a wave, or of these kinds about one subject; return how many mails that were.

    A worker proves its lease before it speaks to the relay: what it has claimed but not begun is stopped too.
    """
    about_subject = (OutgoingEmail.subject_id == subject_id) & OutgoingEmail.kind.in_(list(kinds))
    chosen = OutgoingEmail.wave_id == wave_id if wave_id is not None else about_subject
    return _move(session, NOT_LEFT, chosen, state=MailState.CANCELLED, reason="cancelled")


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
        raise NotFound(f"There is no mail with the number {email_id}. See: flask --app wsgi outbox status")
    if email.state not in FOR_A_PERSON:
        raise Refusal(
            f"The mail {email_id} is {email.state.value}: "
            "only a mail in doubt, failed, dead or held waits for a person."
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
    moved = session.execute(
        update(OutgoingEmail)
        .where(OutgoingEmail.state.in_(list(states)), OutgoingEmail.begun_at.is_(None), *chosen)
        .values({**FREED, **values})
        .returning(OutgoingEmail.id)
        .execution_options(synchronize_session="fetch")
    )
    return len(moved.all())


@dataclass(frozen=True)
class Claim:
    """The mails that one carrier has in hand, and the lease that proves it."""

    lease_id: str = ""
    mails: Sequence[OutgoingEmail] = ()
    is_probe: bool = False


def claim(session: Session, now: datetime, per_minute: int, batch: int = CLAIMED_AT_ONCE) -> Claim:
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
    n_claimed = Counter({row.domain: row.n for row in session.execute(counts)})
    exhausted = [domain for domain, n in n_claimed.items() if n >= per_minute]
    due = session.scalars(
        select(OutgoingEmail)
        .where(OutgoingEmail.due_at <= now, OutgoingEmail.domain.not_in(exhausted))
        .order_by(OutgoingEmail.due_at, OutgoingEmail.id)
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    allowed = []
    for mail in due:
        n_claimed[mail.domain] += 1
        if n_claimed[mail.domain] <= per_minute:
            allowed.append(mail)
    return allowed


def begin(
    session: Session, mail: OutgoingEmail, message_id: str, now: datetime, still_wanted: ColumnElement[bool]
) -> bool:
    """Prove the lease, look at the person a last time, and note that the relay is about to be asked: one statement.

    Return False where it must not be: the lease passed to another worker, the mail was cancelled or is late, the
    outbox is held, or what the room above asked to hold does not hold any more.
    """
    begun = {"begun_at": now, "leased_until": now + LEASE, "message_id": message_id}
    return _write(session, mail, NOT_HELD, IN_TIME, still_wanted, at=now, **begun)


def record(session: Session, mail: OutgoingEmail, outcome: Outcome, now: datetime, draw: float) -> Verdict | None:
    """Write what became of a mail, unless its lease passed to another worker meanwhile."""
    verdict = judge(outcome, mail.n_attempts, mail.n_doubts, now - mail.created_at, now, draw)
    said = {"last_code": outcome.code, "last_reply": outcome.reply[:MAX_REPLY]}
    sent_at = now if outcome.fate is Fate.ACCEPTED else None
    return verdict if _write(session, mail, **{**FREED, **asdict(verdict), **said}, sent_at=sent_at) else None


def _write(session: Session, mail: OutgoingEmail, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Change a mail where the lease is still ours."""
    values |= {"its_id": mail.id, "its_lease": mail.lease_id}
    return session.connection().execute(OURS.where(*conditions), values).rowcount == 1


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
        verdict = let_go(mail.begun_at is not None, mail.n_attempts, mail.n_doubts, now, mail.reason)
        for column, value in {**FREED, **asdict(verdict)}.items():
            setattr(mail, column, value)
    return len(mails)


def expire_late(session: Session, now: datetime) -> None:
    """Settle the mails whose time has passed before they could leave."""
    may_wait = (MailState.QUEUED, MailState.DEFERRED, MailState.HELD)
    _move(session, may_wait, OutgoingEmail.expires_at <= now, state=MailState.EXPIRED, reason="late")


def open_breaker(session: Session, fault: str, now: datetime, draw: float) -> datetime:
    """Stop every worker for a while after a fault of the relay; return until when."""
    switch = the_switch(session)
    if switch.open_until is None or switch.open_until <= now:
        switch.n_faults += 1
        switch.open_until = now + backoff(switch.n_faults, draw, *BREAK)
    switch.last_fault = fault[:MAX_REPLY]
    return switch.open_until


def close_breaker(session: Session) -> None:
    """Forget the relay's faults after a mail went through."""
    switch = the_switch(session)
    switch.n_faults, switch.open_until, switch.last_fault = 0, None, ""
