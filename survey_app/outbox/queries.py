"""Read the outbox: counts that add up, and the mails that wait for a person."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.outbox.models import OutboxSwitch, OutgoingEmail
from survey_app.outbox.rules import MailState


@dataclass(frozen=True)
class OutboxStatus:
    """How many mails are in each state, in all and by kind; the totals are those of the counts, and of the table."""

    counts: Counter[MailState]
    kinds: dict[str, Counter[MailState]]
    n_bounced: int
    n_due: int
    n_waiting: int
    switch: OutboxSwitch | None


def outbox_status(session: Session, now: datetime) -> OutboxStatus:
    """Count the mails by state and kind; those that wait would leave once the outbox is released."""
    is_waiting = OutgoingEmail.due_at.is_not(None) | (OutgoingEmail.state == MailState.LEASED)
    due, waiting = func.count().filter(OutgoingEmail.due_at <= now), func.count().filter(is_waiting)
    totals = session.execute(select(func.count(OutgoingEmail.bounced_at), due, waiting)).one()
    kinds: dict[str, Counter[MailState]] = defaultdict(Counter)
    key = (OutgoingEmail.kind, OutgoingEmail.state)
    for kind, state, n in session.execute(select(*key, func.count()).group_by(*key).order_by(*key)):
        kinds[kind][state] = n
    counts = sum(kinds.values(), Counter[MailState]())
    return OutboxStatus(counts, kinds, *totals, session.get(OutboxSwitch, 1))


def waiting_for_a_person(session: Session, limit: int = 100) -> Sequence[OutgoingEmail]:
    """Return the mails in doubt that no worker will touch again, oldest first."""
    is_settled = (OutgoingEmail.state == MailState.IN_DOUBT) & OutgoingEmail.due_at.is_(None)
    return session.scalars(select(OutgoingEmail).where(is_settled).order_by(OutgoingEmail.id).limit(limit)).all()
