"""Tables of the campaigns, their dated waves and the personal invitations."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.agreements.models import Agreement, AgreementVersion
from survey_app.clients.models import Civility, Client, Contact, ContactRole
from survey_app.db import Base, BigId, enum_type


class CampaignKind(StrEnum):
    BAROMETER = "barometer"
    CAMPAIGN_REVIEW = "campaign_review"


class PrivacyMode(StrEnum):
    """Who may know who said what; it can be tightened after launch, never loosened."""

    NAMED = "named"
    CONFIDENTIAL = "confidential"
    ANONYMOUS = "anonymous"


class WaveState(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class Campaign(Base):
    __tablename__ = "campaign"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    kind: Mapped[CampaignKind] = mapped_column(enum_type(CampaignKind, "kind"))
    questionnaire_key: Mapped[str] = mapped_column(String(64))
    mode: Mapped[PrivacyMode] = mapped_column(enum_type(PrivacyMode, "mode"))
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
        CheckConstraint("(state = 'draft') = (launched_at IS NULL)", name="launched_has_its_date"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_has_its_date"),
        CheckConstraint(
            "launched_at IS NULL OR (agreement_version_id IS NOT NULL AND definition IS NOT NULL)",
            name="launched_is_frozen",
        ),
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
    launched_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    agreement_version_id: Mapped[int | None] = mapped_column(ForeignKey("agreement_version.id"))
    questionnaire_version: Mapped[int | None]
    definition: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    definition_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]

    campaign: Mapped[Campaign] = relationship(back_populates="waves")
    agreement_version: Mapped[AgreementVersion | None] = relationship()
    invitations: Mapped[list["Invitation"]] = relationship(
        back_populates="wave", order_by="Invitation.name"
    )


class Invitation(Base):
    """One contact asked in one wave; name, address and role are those of the launch."""

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("version >= 1", name="version_is_positive"),
        Index(
            "uq_invitation_current", "wave_id", "contact_id", unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
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
    revoked_at: Mapped[datetime | None]

    wave: Mapped[Wave] = relationship(back_populates="invitations")
    contact: Mapped[Contact] = relationship()
