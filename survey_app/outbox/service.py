"""Write mails to send, and change their course: cancel, hold, release, settle a doubt."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from survey_app.errors import N_, NotFound, Refusal
from survey_app.outbox.inserting import insert_ignoring
from survey_app.outbox.models import MAX_RECIPIENT, OutboxSwitch, OutgoingEmail
from survey_app.outbox.rules import domain_of
from survey_app.outbox.states import MailState

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


def enqueue(
    session: Session,
    *,
    kind: str,
    recipient: str,
    language: str,
    deduplication_key: str,
    now: datetime,
    subject_id: int | None = None,
    wave_id: int | None = None,
    client_id: int | None = None,
    not_before: datetime | None = None,
    expires_at: datetime | None = None,
) -> OutgoingEmail:
    """Write a mail in the transaction of what causes it; the same deduplication key is the same mail."""
    mail = MailToSend(
        kind, recipient, language, deduplication_key, subject_id, wave_id, client_id, not_before, expires_at
    )
    enqueue_all(session, [mail], now)
    return session.scalars(select(OutgoingEmail).where(OutgoingEmail.deduplication_key == deduplication_key)).one()


def enqueue_all(session: Session, mails: Iterable[MailToSend], now: datetime) -> None:
    """Write many mails at once; those whose deduplication key is known already are left as they are."""
    rows = [_row(mail, now) for mail in mails]
    session.flush()
    for start in range(0, len(rows), BATCH):
        insert_ignoring(session, OutgoingEmail, rows[start : start + BATCH], ["deduplication_key"])


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
    insert_ignoring(session, OutboxSwitch, [{"id": 1, "held_reason": "", "n_faults": 0, "last_fault": ""}], ["id"])
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
