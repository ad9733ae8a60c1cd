"""The table of mails to send, and the one row that all workers share."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.db import Base, BigId, enum_type
from survey_app.outbox.rules import MailState
from survey_app.tokens import derive_token, hash_token

MAX_RECIPIENT = 320
MAX_REPLY = 500


class OutgoingEmail(Base):
    """One mail to one person. It names what to write, never the text: no link, body or token is stored."""

    __tablename__ = "outgoing_email"
    __table_args__ = (
        CheckConstraint("language IN ('fr', 'en')", name="language"),
        CheckConstraint("n_attempts >= 0 AND n_doubts >= 0", name="counts_are_positive"),
        CheckConstraint(
            "(state = 'leased') = (lease_id IS NOT NULL) AND (lease_id IS NULL) = (leased_until IS NULL)",
            name="leased_has_its_lease",
        ),
        CheckConstraint("begun_at IS NULL OR state = 'leased'", name="begun_is_leased"),
        CheckConstraint("begun_at IS NULL OR message_id IS NOT NULL", name="begun_has_its_message_id"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_its_date"),
        CheckConstraint("state NOT IN ('queued', 'deferred') OR due_at IS NOT NULL", name="pending_is_due"),
        CheckConstraint("state IN ('queued', 'deferred', 'in_doubt') OR due_at IS NULL", name="settled_is_not_due"),
        CheckConstraint("(bounce_status IS NULL) = (bounced_at IS NULL)", name="bounced_has_its_date"),
        Index("ix_outgoing_email_due_at_id", "due_at", "id"),
        Index("ix_outgoing_email_claimed_at_domain", "claimed_at", "domain"),
        Index("ix_outgoing_email_wave_id_state", "wave_id", "state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    recipient: Mapped[str] = mapped_column(String(MAX_RECIPIENT), index=True)
    domain: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(2))
    deduplication_key: Mapped[str] = mapped_column(String(200), unique=True)
    subject_id: Mapped[int | None] = mapped_column(BigId)
    wave_id: Mapped[int | None] = mapped_column(BigId)
    client_id: Mapped[int | None] = mapped_column(BigId, index=True)
    created_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]

    state: Mapped[MailState] = mapped_column(enum_type(MailState, "state"), default=MailState.QUEUED)
    due_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(64), default="")
    n_attempts: Mapped[int] = mapped_column(default=0)
    n_doubts: Mapped[int] = mapped_column(default=0)
    claimed_at: Mapped[datetime | None]
    lease_id: Mapped[str | None] = mapped_column(String(32))
    leased_until: Mapped[datetime | None] = mapped_column(index=True)
    begun_at: Mapped[datetime | None]
    message_id: Mapped[str | None] = mapped_column(String(255), unique=True)
    sent_at: Mapped[datetime | None]
    last_code: Mapped[int | None]
    last_reply: Mapped[str] = mapped_column(String(MAX_REPLY), default="")
    bounced_at: Mapped[datetime | None]
    bounce_status: Mapped[str | None] = mapped_column(String(16))
    opted_out_at: Mapped[datetime | None]

    def lasting_message_id(self, key: bytes, domain: str) -> str:
        """Return the Message-ID: the same mail has the same, even where a power cut or a restore forgot it."""
        derived = hash_token(derive_token(key, "message", self.deduplication_key))[:32]
        return self.message_id or f"<{derived}@{domain}>"

    def return_path(self, key: bytes, bounce_address: str) -> str:
        """Return the envelope sender: a bounce to it names the mail, and nobody can guess it (VERP)."""
        local, _, domain = bounce_address.rpartition("@")
        return f"{local}+{self.id}-{self.bounce_tag(key)}@{domain}"

    def bounce_tag(self, key: bytes) -> str:
        # A number alone would name another mail after a restore; small letters, since relays may change them.
        return hash_token(derive_token(key, "bounce", self.id, self.deduplication_key))[:20]


class OutboxSwitch(Base):
    """The row that every worker reads before it claims: held by a person, or the relay's breaker open."""

    __tablename__ = "outbox_switch"
    __table_args__ = (
        CheckConstraint("id = 1", name="there_is_one"),
        CheckConstraint("n_faults >= 0", name="faults_are_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    held_at: Mapped[datetime | None]
    held_reason: Mapped[str] = mapped_column(String(200), default="")
    n_faults: Mapped[int] = mapped_column(default=0)
    open_until: Mapped[datetime | None]
    last_fault: Mapped[str] = mapped_column(String(MAX_REPLY), default="")
