"""Take mails in hand: which are due, for how long, and how many to one domain."""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Table, bindparam, case, select, update
from sqlalchemy.orm import Session

from survey_app.outbox.inserting import insert_ignoring
from survey_app.outbox.models import DomainPace, OutboxSwitch, OutgoingEmail
from survey_app.outbox.rules import LEASE, allowances, doubt, minute_of, waiting_state
from survey_app.outbox.states import MailState

BATCH = 60
PACES = cast(Table, DomainPace.__table__)
MAILS = cast(Table, OutgoingEmail.__table__)
# What writing, sending and judging a mail need to know of it.
MAIL_IN_HAND = (
    "id",
    "kind",
    "recipient",
    "domain",
    "language",
    "deduplication_key",
    "subject_id",
    "wave_id",
    "client_id",
    "created_at",
    "expires_at",
    "message_id",
    "n_attempts",
    "n_doubts",
)
# One row a domain and a text that stays the same, however many domains there are: it is compiled once.
COUNT = (
    update(PACES)
    .where(PACES.c.domain == bindparam("this_domain"))
    .values(minute_at=bindparam("this_minute"), n_sent=bindparam("total"))
)


@dataclass(frozen=True)
class Claim:
    """The mails that one carrier has in hand, and the lease that proves it."""

    lease_id: str
    mails: tuple[Row[Any], ...]
    is_probe: bool = False


NOTHING = Claim("", ())


def claim(session: Session, now: datetime, per_minute: int, batch: int = BATCH) -> Claim:
    """Lease the mails that are due, as many as the domains' pace allows.

    Nothing is claimed while the outbox is held or the relay's breaker is open. After the break each connection
    takes a single mail first, to try the relay. Two claims at once never take the same mail: the rows are locked,
    and one who finds them locked takes others.
    """
    switch = session.execute(select(OutboxSwitch.held_at, OutboxSwitch.open_until, OutboxSwitch.n_faults)).first()
    if switch and (switch.held_at or (switch.open_until and switch.open_until > now)):
        return NOTHING
    is_probe = bool(switch and switch.n_faults)
    due = _lock_due(session, now, per_minute, 1 if is_probe else batch)
    allowed = _within_pace(session, due, now, per_minute)
    if not allowed:
        return NOTHING
    lease_id = uuid.uuid4().hex
    session.execute(
        update(MAILS)
        .where(MAILS.c.id.in_([row.id for row in allowed]))
        .values(state=MailState.LEASED, lease_id=lease_id, leased_until=now + LEASE, due_at=None)
    )
    return Claim(lease_id, tuple(allowed), is_probe)


def _lock_due(session: Session, now: datetime, per_minute: int, batch: int) -> Sequence[Row[Any]]:
    exhausted = select(DomainPace.domain).where(DomainPace.minute_at == minute_of(now), DomainPace.n_sent >= per_minute)
    return session.execute(
        select(*(MAILS.c[name] for name in MAIL_IN_HAND))
        .where(OutgoingEmail.due_at <= now, OutgoingEmail.domain.not_in(exhausted))
        .order_by(OutgoingEmail.due_at, OutgoingEmail.id)
        .limit(batch)
        .with_for_update(skip_locked=True)
    ).all()


def _within_pace(session: Session, due: Sequence[Row[Any]], now: datetime, per_minute: int) -> list[Row[Any]]:
    """Return the mails that their domains may still get in this minute, and count them."""
    if not due:
        return []
    wanted = dict(sorted(Counter(row.domain for row in due).items()))
    minute_at = minute_of(now)
    rows = [{"domain": domain, "minute_at": minute_at, "n_sent": 0} for domain in wanted]
    insert_ignoring(session, DomainPace, rows, ["domain"])
    paces = session.execute(
        select(DomainPace.domain, DomainPace.minute_at, DomainPace.n_sent)
        .where(DomainPace.domain.in_(list(wanted)))
        .order_by(DomainPace.domain)
        .with_for_update()
    ).all()
    sent = {row.domain: row.n_sent for row in paces if row.minute_at == minute_at}
    left = allowances(wanted, sent, per_minute)
    _count(session, {domain: sent.get(domain, 0) + n for domain, n in left.items()}, minute_at)
    return _first_of_each(due, dict(left))


def _count(session: Session, totals: dict[str, int], minute_at: datetime) -> None:
    session.connection().execute(
        COUNT, [{"this_domain": domain, "this_minute": minute_at, "total": n} for domain, n in totals.items()]
    )


def _first_of_each(due: Iterable[Row[Any]], left: dict[str, int]) -> list[Row[Any]]:
    allowed = []
    for row in due:
        if left[row.domain] > 0:
            left[row.domain] -= 1
            allowed.append(row)
    return allowed


def give_back(session: Session, lease_id: str, now: datetime) -> None:
    """Return the mails of a lease that were never begun: they wait as before."""
    _return_unbegun(session, OutgoingEmail.lease_id == lease_id, now)


def recover_expired_leases(session: Session, now: datetime) -> int:
    """Take back what a killed worker had in hand, and return how many mails that were.

    What it had not begun waits again. What it had begun may have reached the relay: that is in doubt, and is
    sent once more under the same Message-ID.
    """
    expired = OutgoingEmail.leased_until <= now
    begun = session.execute(
        select(OutgoingEmail.id, OutgoingEmail.lease_id, OutgoingEmail.n_attempts, OutgoingEmail.n_doubts)
        .where(expired, OutgoingEmail.begun_at.is_not(None))
        .with_for_update(skip_locked=True)
    ).all()
    for row in begun:
        verdict = doubt(row.n_attempts + 1, row.n_doubts + 1, now)
        session.execute(
            update(OutgoingEmail)
            .where(OutgoingEmail.id == row.id, OutgoingEmail.lease_id == row.lease_id)
            .values(
                state=verdict.state,
                due_at=verdict.due_at,
                reason="worker_lost",
                n_attempts=verdict.n_attempts,
                n_doubts=verdict.n_doubts,
                lease_id=None,
                leased_until=None,
                begun_at=None,
            )
        )
    return len(begun) + _return_unbegun(session, expired, now)


def _return_unbegun(session: Session, chosen: ColumnElement[bool], now: datetime) -> int:
    state = case(
        (OutgoingEmail.n_doubts > 0, waiting_state(0, 1).value),
        (OutgoingEmail.n_attempts > 0, waiting_state(1, 0).value),
        else_=waiting_state(0, 0).value,
    )
    returned = session.execute(
        update(OutgoingEmail)
        .where(chosen, OutgoingEmail.state == MailState.LEASED, OutgoingEmail.begun_at.is_(None))
        .values(state=state, due_at=now, lease_id=None, leased_until=None)
        .returning(OutgoingEmail.id)
        .execution_options(synchronize_session=False)
    )
    return len(returned.all())


def expire_late(session: Session, now: datetime) -> int:
    """Settle the mails whose time has passed before they could leave."""
    late = session.execute(
        update(OutgoingEmail)
        .where(
            OutgoingEmail.expires_at <= now,
            OutgoingEmail.state.in_((MailState.QUEUED, MailState.DEFERRED, MailState.HELD)),
        )
        .values(state=MailState.EXPIRED, reason="late", due_at=None)
        .returning(OutgoingEmail.id)
        .execution_options(synchronize_session=False)
    )
    return len(late.all())
