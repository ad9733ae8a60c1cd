"""The audit tables: entries as they happen, and the chain that seals them in order."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.db import Base, BigId, unique_where


class AuditEntry(Base):
    """Who did what and when; sealed, it holds the hash of the entry before it."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint("number >= 1", name="number_is_positive"),
        CheckConstraint(
            "(number IS NULL) = (entry_hash IS NULL) AND (number IS NULL) = (previous_hash IS NULL)",
            name="sealed_whole",
        ),
        Index("ix_audit_entry_subject", "subject_type", "subject_id"),
        # Those that wait for their seal weigh on no index.
        *(
            unique_where(f"uq_audit_entry_{column}", column, condition=f"{column} IS NOT NULL")
            for column in ("number", "previous_hash", "entry_hash")
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(64))
    subject_type: Mapped[str] = mapped_column(String(64))
    subject_id: Mapped[int | None] = mapped_column(BigId)
    details: Mapped[str] = mapped_column(Text)
    number: Mapped[int | None]
    previous_hash: Mapped[str | None] = mapped_column(String(64))
    entry_hash: Mapped[str | None] = mapped_column(String(64))
