"""Read the audit log."""

from collections.abc import Generator, Sequence
from contextlib import closing

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.models import AuditEntry
from survey_app.audit.rules import Link, first_broken_link


def sealed_links(session: Session) -> Generator[Link]:
    """Yield the chain in order without loading it whole."""
    rows = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.number.is_not(None))
        .order_by(AuditEntry.number)
        .execution_options(yield_per=1000)
    )
    with rows:
        for row in rows:
            yield Link(
                number=row.number or 0,
                at=row.at,
                actor=row.actor,
                action=row.action,
                subject_type=row.subject_type,
                subject_id=row.subject_id,
                details=row.details,
                previous_hash=row.previous_hash or "",
                entry_hash=row.entry_hash or "",
            )


def find_tampering(session: Session) -> int | None:
    """Return the number of the first entry that does not fit the chain, or None where all is well."""
    # The walk stops at the first break: closing it gives the database its cursor back.
    with closing(sealed_links(session)) as links:
        return first_broken_link(links)


def is_sealed_head(session: Session, entry_hash: str) -> bool:
    """Tell whether the chain still holds the entry of this hash: one cut off its end leaves no broken link."""
    found = select(AuditEntry.id).where(AuditEntry.entry_hash == entry_hash)
    return session.scalar(found) is not None


def entries_about(session: Session, subject_type: str, subject_id: int) -> Sequence[AuditEntry]:
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_type == subject_type, AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.id)
    ).all()
