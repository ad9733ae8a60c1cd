"""Tables of the agreement: its versions and their commitments."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.clients.models import Client
from survey_app.db import Base, BigId, ScaledDecimal, enum_type

Score3 = ScaledDecimal(3)
MAX_SENTENCE = 2000


class VersionState(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    VALIDATED = "validated"
    SUPERSEDED = "superseded"
    ENDED = "ended"


class Obligor(StrEnum):
    """Who owes the commitment: a client's one never lowers the agency's mark."""

    AGENCY = "agency"
    CLIENT = "client"
    BOTH = "both"


class Measure(StrEnum):
    SURVEY = "survey"
    FACTUAL = "factual"
    MIXED = "mixed"
    CONTRACTUAL = "contractual"


class Agreement(Base):
    __tablename__ = "agreement"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]

    client: Mapped[Client] = relationship()
    versions: Mapped[list["AgreementVersion"]] = relationship(
        back_populates="agreement", order_by="AgreementVersion.number"
    )


class AgreementVersion(Base):
    """One version of the agreement; validated by both parties it is frozen with its hash."""

    __tablename__ = "agreement_version"
    __table_args__ = (
        UniqueConstraint("agreement_id", "number"),
        CheckConstraint("number >= 1", name="number_is_positive"),
        CheckConstraint("ends_on >= starts_on", name="period_is_ordered"),
        CheckConstraint(
            "(state IN ('draft', 'proposed')) = (validated_at IS NULL)", name="validated_has_its_date"
        ),
        CheckConstraint("(validated_at IS NULL) = (content_hash IS NULL)", name="validated_has_its_hash"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(
        enum_type(VersionState, "state"), default=VersionState.DRAFT
    )
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    rounding_digits: Mapped[int] = mapped_column(default=2)
    bonus_scheme: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    validated_at: Mapped[datetime | None]
    agency_signatory: Mapped[str] = mapped_column(String(200), default="")
    client_signatory: Mapped[str] = mapped_column(String(200), default="")
    content_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]

    agreement: Mapped[Agreement] = relationship(back_populates="versions")
    commitments: Mapped[list["Commitment"]] = relationship(
        back_populates="version", order_by="Commitment.position", cascade="all, delete-orphan"
    )


class Commitment(Base):
    """One line of an agreement version: an indicator, its threshold and what it weighs."""

    __tablename__ = "commitment"
    __table_args__ = (
        UniqueConstraint("version_id", "indicator_key"),
        CheckConstraint("threshold >= 0 AND threshold <= 10000", name="threshold_on_scale"),
        CheckConstraint("target IS NULL OR (target >= threshold AND target <= 10000)", name="target_on_scale"),
        CheckConstraint("weight >= 0", name="weight_is_not_negative"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("agreement_version.id"), index=True)
    position: Mapped[int]
    indicator_key: Mapped[str] = mapped_column(String(64))
    obligor: Mapped[Obligor] = mapped_column(enum_type(Obligor, "obligor"))
    measure: Mapped[Measure] = mapped_column(enum_type(Measure, "measure"))
    objective: Mapped[str] = mapped_column(Text, default="")
    objective_on: Mapped[date | None]
    threshold: Mapped[Decimal] = mapped_column(Score3, default=Decimal(7))
    target: Mapped[Decimal | None] = mapped_column(Score3)
    weight: Mapped[Decimal] = mapped_column(Score3, default=Decimal(1))
    is_paying: Mapped[bool] = mapped_column(default=False)
    is_internal: Mapped[bool] = mapped_column(default=False)

    version: Mapped[AgreementVersion] = relationship(back_populates="commitments")
