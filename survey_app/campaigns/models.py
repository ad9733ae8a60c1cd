"""Tables of the campaigns, their dated waves and the personal invitations."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.agreements.models import Agreement, AgreementVersion
from survey_app.clients.models import Civility, Client, Contact, ContactRole
from survey_app.clients.models import MailWording as MailWording
from survey_app.clock import local_day
from survey_app.db import Base, BigId, enum_type, unique_where


class CampaignKind(StrEnum):
    BAROMETER = "barometer"
    CAMPAIGN_REVIEW = "campaign_review"


class Recurrence(StrEnum):
    """How often the waves of a barometer come round."""

    MONTHLY = "monthly"
    EVERY_TWO_MONTHS = "every_two_months"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"


class PrivacyMode(StrEnum):
    """Who may know who said what; it can be tightened after launch, never loosened."""

    NAMED = "named"
    CONFIDENTIAL = "confidential"
    ANONYMOUS = "anonymous"


class Disclosure(StrEnum):
    """What the client receives; after launch it can be narrowed to the overall results, never widened."""

    OVERALL = "overall"
    MARKS = "marks"


class WaveState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Campaign(Base):
    """A questionnaire put to a client's contacts again and again, or once on an event."""

    __tablename__ = "campaign"
    __table_args__ = (
        UniqueConstraint("agreement_id", "title"),
        CheckConstraint("n_days_open BETWEEN 1 AND 180", name="days_open_are_sensible"),
        CheckConstraint("recurrence IS NULL OR first_on IS NOT NULL", name="recurrence_has_its_first_day"),
        CheckConstraint("kind = 'barometer' OR recurrence IS NULL", name="review_follows_an_event"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[CampaignKind] = mapped_column(enum_type(CampaignKind, "kind"))
    questionnaire_key: Mapped[str] = mapped_column(String(64))
    mode: Mapped[PrivacyMode] = mapped_column(enum_type(PrivacyMode, "mode"))
    disclosure: Mapped[Disclosure] = mapped_column(enum_type(Disclosure, "disclosure"), default=Disclosure.OVERALL)
    recurrence: Mapped[Recurrence | None] = mapped_column(enum_type(Recurrence, "recurrence"))
    first_on: Mapped[date | None]
    n_days_open: Mapped[int] = mapped_column(default=14)
    reminds_half_way: Mapped[bool] = mapped_column(default=True)
    reminds_last_day: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]

    client: Mapped[Client] = relationship()
    agreement: Mapped[Agreement] = relationship()
    waves: Mapped[list["Wave"]] = relationship(back_populates="campaign", order_by="Wave.number")


class Wave(Base):
    """One dated collection; launching freezes questionnaire, agreement version and population."""

    __tablename__ = "wave"
    __table_args__ = (
        UniqueConstraint("campaign_id", "number"),
        CheckConstraint("number >= 1", name="number_is_positive"),
        CheckConstraint("ends_on >= starts_on", name="period_is_ordered"),
        CheckConstraint(
            "CASE state WHEN 'draft' THEN launched_at IS NULL WHEN 'cancelled' THEN cancelled_at IS NOT NULL"
            " ELSE launched_at IS NOT NULL END",
            name="launched_has_its_date",
        ),
        CheckConstraint("cancelled_at IS NULL OR state = 'cancelled'", name="cancelled_has_its_date"),
        CheckConstraint("(confirmed_at IS NULL) = (confirmed_by = '')", name="confirmed_by_someone"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_its_date"),
        CheckConstraint(
            "launched_at IS NULL OR (agreement_version_id IS NOT NULL AND definition IS NOT NULL)",
            name="launched_is_frozen",
        ),
        CheckConstraint("erased_at IS NULL OR state IN ('closed', 'cancelled')", name="erased_is_over"),
        Index("ix_wave_state_ends_at", "state", "ends_at"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    state: Mapped[WaveState] = mapped_column(enum_type(WaveState, "state"), default=WaveState.DRAFT)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    ends_at: Mapped[datetime]
    # The last day on which it took answers, once it is closed or cancelled; `ends_on` is what was planned.
    ended_on: Mapped[date | None]
    launched_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    # When the answers and the people asked were erased, their time being past; the scores stay.
    erased_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str] = mapped_column(String(200), default="")
    obstacle: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    agreement_version_id: Mapped[int | None] = mapped_column(ForeignKey("agreement_version.id"))
    questionnaire_version: Mapped[int | None]
    definition: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    definition_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]

    campaign: Mapped[Campaign] = relationship(back_populates="waves")
    agreement_version: Mapped[AgreementVersion | None] = relationship()
    invitations: Mapped[list["Invitation"]] = relationship(back_populates="wave", order_by="Invitation.name")
    reminders: Mapped[list["Reminder"]] = relationship(back_populates="wave", order_by="Reminder.due_at")

    @hybrid_property
    def last_day(self) -> date:
        """Return the last day on which the wave takes or took answers: the real one where it ended early."""
        return self.ended_on or self.ends_on

    @last_day.inplace.expression
    @classmethod
    def _last_day(cls) -> ColumnElement[date]:
        return func.coalesce(cls.ended_on, cls.ends_on)

    @property
    def closed_on(self) -> date | None:
        """Return the day on which the wave was closed, where the client is."""
        return local_day(self.closed_at, self.campaign.client.time_zone) if self.closed_at else None


class Invitation(Base):
    """One contact asked in one wave; name, address and role are those of the launch."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("version >= 1", name="version_is_positive"),
        CheckConstraint("answered_at IS NULL OR draft IS NULL", name="answered_has_no_draft"),
        CheckConstraint("answered_at IS NULL OR refused_at IS NULL", name="answered_or_refused"),
        CheckConstraint("(refused_at IS NULL) = (refusal_reason IS NULL)", name="refused_has_its_reason"),
        unique_where("uq_invitation_current", "wave_id", "contact_id", condition="revoked_at IS NULL"),
        # An identity is never given twice, since links derive from it: it is drawn at random, and never counted anew.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    civility: Mapped[Civility] = mapped_column(enum_type(Civility, "civility"))
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[ContactRole] = mapped_column(enum_type(ContactRole, "role"))
    language: Mapped[str] = mapped_column(String(2))
    version: Mapped[int] = mapped_column(default=1)
    token_hash: Mapped[str] = mapped_column(String(64))
    is_marked: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    refusal_reason: Mapped[str | None] = mapped_column(String(32))
    refusal_comment: Mapped[str | None] = mapped_column(Text, deferred=True)
    # The form under way; it leaves in the statement that notes the answer, so that nothing outlives it.
    draft: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    draft_version: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    wave: Mapped[Wave] = relationship(back_populates="invitations")
    contact: Mapped[Contact] = relationship()


class Reminder(Base):
    """A reminder set at launch to those who are missing; done once, by whoever marks it first."""

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("wave_id", "due_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    wave: Mapped[Wave] = relationship(back_populates="reminders")
