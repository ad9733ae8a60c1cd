"""Write the audit log and seal its chain."""

import json
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, text
from sqlalchemy.orm import Session

from survey_app.audit.models import AuditEntry
from survey_app.audit.rules import GENESIS, hash_entry

CHAIN_LOCK = 4_510_001
_ADD_ENTRY = insert(AuditEntry).inline()


def record(
    session: Session,
    *,
    actor: str,
    action: str,
    subject_type: str,
    subject_id: int | None,
    now: datetime,
    details: dict[str, object] | None = None,
) -> None:
    """Note what was done, in the transaction that does it; never a link, a mark or an address."""
    session.connection().execute(
        _ADD_ENTRY,
        {
            "at": now,
            "actor": actor,
            "action": action,
            "subject_type": subject_type,
            "subject_id": subject_id,
            "details": json.dumps(details, ensure_ascii=False, sort_keys=True, default=str) if details else "{}",
        },
    )


def note(session: Session, subject: Any, action: str, actor: str, now: datetime, **details: object) -> None:
    """Note what was done to a row of a table."""
    kind, number = subject.__tablename__, subject.id
    record(session, actor=actor, action=action, subject_type=kind, subject_id=number, now=now, details=details)


def seal_entries(session: Session) -> str:
    """Chain every entry written since the last seal, in order, and return the chain's head.

    Entries are written without waiting for one another and sealed here, by the worker and before a sheet is
    issued: answering a form must not queue behind a lock.
    """
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": CHAIN_LOCK})
    number, head = last_sealed(session)
    waiting = session.scalars(select(AuditEntry).where(AuditEntry.number.is_(None)).order_by(AuditEntry.id)).all()
    for entry in waiting:
        number += 1
        entry.number, entry.previous_hash = number, head
        head = entry.entry_hash = hash_entry(
            number=number,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            subject_type=entry.subject_type,
            subject_id=entry.subject_id,
            details=entry.details,
            previous_hash=head,
        )
        session.flush()
    return head


def last_sealed(session: Session) -> tuple[int, str]:
    """Return the number and hash of the chain's head."""
    row = session.execute(
        select(AuditEntry.number, AuditEntry.entry_hash)
        .where(AuditEntry.number.is_not(None))
        .order_by(AuditEntry.number.desc())
        .limit(1)
    ).first()
    return (row.number, row.entry_hash) if row else (0, GENESIS)
