"""Tables of the agreement: its versions, their commitments and the rounds that led to both signatures."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.agreements.vocabulary import (
    Decision,
    Direction,
    Frequency,
    RoundOutcome,
    Settlement,
)
from survey_app.agreements.vocabulary import Measure as Measure
from survey_app.agreements.vocabulary import Obligor as Obligor
from survey_app.agreements.vocabulary import VersionState as VersionState
from survey_app.clients.models import MAX_EMAIL, MAX_NAME, Client, Contact
from survey_app.db import Base, BigId, ScaledDecimal, enum_type, unique_where

Score3 = ScaledDecimal(3)
MAX_TITLE = 200
MAX_SENTENCE = 2000


class Agreement(Base):
    __tablename__ = "agreement"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    title: Mapped[str] = mapped_column(String(MAX_TITLE))
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
        CheckConstraint("rounding_digits BETWEEN 0 AND 6", name="rounding_is_printable"),
        CheckConstraint("(state IN ('draft', 'proposed')) = (validated_at IS NULL)", name="validated_has_its_date"),
        CheckConstraint("(validated_at IS NULL) = (content_hash IS NULL)", name="validated_has_its_hash"),
        CheckConstraint("content_hash IS NULL OR frozen_content IS NOT NULL", name="hash_has_its_content"),
        unique_where("uq_agreement_version_open", "agreement_id", condition="state IN ('draft', 'proposed')"),
        unique_where("uq_agreement_version_in_force", "agreement_id", condition="state = 'validated'"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(enum_type(VersionState, "state"), default=VersionState.DRAFT)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    rounding_digits: Mapped[int] = mapped_column(default=2)
    bonus_scheme: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # The part of each role in a survey score, decimals as text that add up to 1; without them people count alike.
    role_shares: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    validated_at: Mapped[datetime | None]
    agency_signatory: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    client_signatory: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    frozen_content: Mapped[str | None] = mapped_column(Text)
    content_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]

    agreement: Mapped[Agreement] = relationship(back_populates="versions")
    commitments: Mapped[list["Commitment"]] = relationship(
        back_populates="version", order_by="Commitment.position", cascade="all, delete-orphan"
    )
    rounds: Mapped[list["ProposalRound"]] = relationship(back_populates="version", order_by="ProposalRound.number")


class Commitment(Base):
    """One line of an agreement version; `definition` keeps the indicator as it read when it entered."""

    __tablename__ = "commitment"
    __table_args__ = (
        UniqueConstraint("version_id", "indicator_key"),
        CheckConstraint("threshold >= 0 AND threshold <= 10000", name="threshold_on_scale"),
        CheckConstraint("target IS NULL OR (target >= threshold AND target <= 10000)", name="target_on_scale"),
        CheckConstraint("weight >= 0", name="weight_is_not_negative"),
        CheckConstraint("(measure = 'mixed') = (survey_share IS NOT NULL)", name="mixed_states_its_blend"),
        CheckConstraint(
            "survey_share IS NULL OR (survey_share > 0 AND survey_share < 1000)", name="blend_has_two_parts"
        ),
        CheckConstraint("NOT (is_internal AND is_paying)", name="internal_never_pays"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("agreement_version.id"), index=True)
    position: Mapped[int]
    indicator_key: Mapped[str] = mapped_column(String(64))
    obligor: Mapped[Obligor] = mapped_column(enum_type(Obligor, "obligor"))
    measure: Mapped[Measure] = mapped_column(enum_type(Measure, "measure"))
    direction: Mapped[Direction] = mapped_column(enum_type(Direction, "direction"), default=Direction.UP)
    frequency: Mapped[Frequency] = mapped_column(enum_type(Frequency, "frequency"), default=Frequency.HALF_YEARLY)
    objective: Mapped[str] = mapped_column(Text, default="")
    objective_on: Mapped[date | None]
    threshold: Mapped[Decimal] = mapped_column(Score3, default=Decimal(7))
    target: Mapped[Decimal | None] = mapped_column(Score3)
    weight: Mapped[Decimal] = mapped_column(Score3, default=Decimal(1))
    survey_share: Mapped[Decimal | None] = mapped_column(Score3)
    conversion: Mapped[list[list[str]] | None] = mapped_column(JSON(none_as_null=True))
    parameters: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    definition: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    written_measure: Mapped[str] = mapped_column(Text, default="")
    accountable: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    sanction_acceptance: Mapped[str] = mapped_column(Text, default="")
    is_paying: Mapped[bool] = mapped_column(default=False)
    is_internal: Mapped[bool] = mapped_column(default=False)

    version: Mapped[AgreementVersion] = relationship(back_populates="commitments")

    def label(self, language: str) -> str:
        """Name the line as it read when it entered the agreement."""
        return str(self.definition.get(f"label_{language}") or self.indicator_key)


class ProposalRound(Base):
    """One proposal sent to the client's signatory; its personal link is kept only as a hash."""

    __tablename__ = "proposal_round"
    __table_args__ = (
        UniqueConstraint("version_id", "number"),
        UniqueConstraint("token_hash"),
        CheckConstraint("number >= 1", name="number_is_positive"),
        CheckConstraint("token_version >= 1", name="token_version_is_positive"),
        CheckConstraint("(outcome = 'open') = (ended_at IS NULL)", name="ended_has_its_date"),
        unique_where("uq_proposal_round_open", "version_id", condition="outcome = 'open'"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("agreement_version.id"), index=True)
    number: Mapped[int]
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    email: Mapped[str] = mapped_column(String(MAX_EMAIL))
    language: Mapped[str] = mapped_column(String(2))
    agency_signatory: Mapped[str] = mapped_column(String(MAX_NAME))
    agency_email: Mapped[str] = mapped_column(String(MAX_EMAIL), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    token_version: Mapped[int] = mapped_column(default=1)
    token_hash: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[RoundOutcome] = mapped_column(enum_type(RoundOutcome, "outcome"), default=RoundOutcome.OPEN)
    proposed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    comment: Mapped[str] = mapped_column(Text, default="")

    version: Mapped[AgreementVersion] = relationship(back_populates="rounds")
    contact: Mapped[Contact] = relationship()
    answers: Mapped[list["LineAnswer"]] = relationship(back_populates="round", order_by="LineAnswer.id")


class LineAnswer(Base):
    """What the signatory said of one line in one round, and what the agency did with it."""

    __tablename__ = "line_answer"
    __table_args__ = (
        UniqueConstraint("round_id", "indicator_key"),
        CheckConstraint("threshold IS NULL OR (threshold >= 0 AND threshold <= 10000)", name="threshold_on_scale"),
        CheckConstraint("target IS NULL OR (target >= 0 AND target <= 10000)", name="target_on_scale"),
        CheckConstraint("settlement IS NULL OR decision <> 'accept'", name="accepted_needs_no_settlement"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("proposal_round.id"), index=True)
    indicator_key: Mapped[str] = mapped_column(String(64))
    decision: Mapped[Decision] = mapped_column(enum_type(Decision, "decision"))
    threshold: Mapped[Decimal | None] = mapped_column(Score3)
    target: Mapped[Decimal | None] = mapped_column(Score3)
    wording: Mapped[str] = mapped_column(Text, default="")
    comment: Mapped[str] = mapped_column(Text, default="")
    settlement: Mapped[Settlement | None] = mapped_column(enum_type(Settlement, "settlement"))

    round: Mapped[ProposalRound] = relationship(back_populates="answers")


class Baseline(Base):
    """The first measure of a line: the reference that its objectives start from."""

    __tablename__ = "baseline"
    __table_args__ = (UniqueConstraint("agreement_id", "indicator_key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    indicator_key: Mapped[str] = mapped_column(String(64))
    mark: Mapped[Fraction]
    measured_on: Mapped[date]
    created_at: Mapped[datetime]
