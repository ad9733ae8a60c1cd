"""Read the outbox: counts that add up, and the mails that wait for a person."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from survey_app.outbox.models import OutboxSwitch, OutgoingEmail
from survey_app.outbox.rules import MailState


@dataclass(frozen=True)
class OutboxStatus:
    """How many mails are in each state, in all and by kind; the totals are those of the counts, and of the table."""

    counts: dict[MailState, int]
    kinds: dict[str, dict[MailState, int]]
    n_bounced: int
    n_due: int
    held_at: datetime | None
    held_reason: str
    resting_until: datetime | None
    last_fault: str

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def outbox_status(session: Session, now: datetime, wave_id: int | None = None) -> OutboxStatus:
    """Count the mails by state, of one wave or of all."""
    chosen = [OutgoingEmail.wave_id == wave_id] if wave_id is not None else []
    kinds = _count_by_kind(session, chosen)
    n_bounced = session.scalar(select(func.count(OutgoingEmail.bounced_at)).where(*chosen)) or 0
    n_due = session.scalar(select(func.count()).select_from(OutgoingEmail).where(*chosen, OutgoingEmail.due_at <= now))
    switch = session.get(OutboxSwitch, 1)
    is_resting = switch is not None and switch.open_until is not None and switch.open_until > now
    return OutboxStatus(
        counts={state: sum(each.get(state, 0) for each in kinds.values()) for state in MailState},
        kinds=kinds,
        n_bounced=n_bounced,
        n_due=n_due or 0,
        held_at=switch.held_at if switch else None,
        held_reason=switch.held_reason if switch else "",
        resting_until=switch.open_until if switch and is_resting else None,
        last_fault=switch.last_fault if switch and is_resting else "",
    )


def _count_by_kind(session: Session, chosen: list[ColumnElement[bool]]) -> dict[str, dict[MailState, int]]:
    rows = session.execute(
        select(OutgoingEmail.kind, OutgoingEmail.state, func.count().label("n"))
        .where(*chosen)
        .group_by(OutgoingEmail.kind, OutgoingEmail.state)
    )
    found: dict[str, dict[MailState, int]] = defaultdict(dict)
    for row in rows:
        found[row.kind][row.state] = row.n
    return dict(sorted(found.items()))


def waiting_for_a_person(session: Session, limit: int = 100) -> Sequence[OutgoingEmail]:
    """Return the mails in doubt that no worker will touch again, oldest first."""
    return session.scalars(
        select(OutgoingEmail)
        .where(OutgoingEmail.state == MailState.IN_DOUBT, OutgoingEmail.due_at.is_(None))
        .order_by(OutgoingEmail.id)
        .limit(limit)
    ).all()


def n_not_left(session: Session) -> int:
    """Count the mails that would leave once the outbox is released."""
    waiting = (MailState.QUEUED, MailState.DEFERRED, MailState.LEASED, MailState.IN_DOUBT)
    return (
        session.scalar(
            select(func.count())
            .select_from(OutgoingEmail)
            .where(
                OutgoingEmail.state.in_(waiting),
                (OutgoingEmail.state != MailState.IN_DOUBT) | OutgoingEmail.due_at.is_not(None),
            )
        )
        or 0
    )
