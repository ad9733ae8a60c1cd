"""Tables of the plans de progrès and their actions."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.agreements.models import AgreementVersion, Obligor, Score3
from survey_app.campaigns.models import Wave
from survey_app.clients.models import Client
from survey_app.db import Base, BigId, enum_type


class PlanState(StrEnum):
    DRAFTED = "drafted"
    PROPOSED = "proposed"
    AGREED = "agreed"
    UNDER_WAY = "under_way"
    DONE = "done"
    SETTLED = "settled"
    CLOSED = "closed"


class Verdict(StrEnum):
    EFFECTIVE = "effective"
    NOT_EFFECTIVE = "not_effective"
    CANNOT_TELL = "cannot_tell"


class ActionState(StrEnum):
    TO_DO = "to_do"
    UNDER_WAY = "under_way"
    DONE = "done"


class ActionPlan(Base):
    """A plan for one line of one wave: a mark strictly below its threshold always opens one."""

    __tablename__ = "action_plan"
    __table_args__ = (
        CheckConstraint("(verdict IS NULL) = (settled_by_wave_id IS NULL)", name="verdict_has_its_wave"),
        CheckConstraint("success_level > 0 AND success_level <= 10000", name="success_on_scale"),
        Index(
            "uq_action_plan_breach",
            "wave_id",
            "indicator_key",
            unique=True,
            sqlite_where=text("is_breach"),
            postgresql_where=text("is_breach"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    agreement_version_id: Mapped[int] = mapped_column(ForeignKey("agreement_version.id"))
    indicator_key: Mapped[str] = mapped_column(String(64))
    is_breach: Mapped[bool] = mapped_column(default=True)
    party: Mapped[Obligor] = mapped_column(enum_type(Obligor, "party"))
    state: Mapped[PlanState] = mapped_column(enum_type(PlanState, "state"), default=PlanState.DRAFTED)
    exact_score: Mapped[Fraction | None]
    threshold: Mapped[Decimal] = mapped_column(Score3)
    nonconformity: Mapped[str] = mapped_column(Text, default="")
    cause: Mapped[str] = mapped_column(Text, default="")
    constraints: Mapped[str] = mapped_column(Text, default="")
    actors: Mapped[str] = mapped_column(Text, default="")
    success_level: Mapped[Decimal] = mapped_column(Score3)
    min_respondents: Mapped[int] = mapped_column(default=3)
    verdict: Mapped[Verdict | None] = mapped_column(enum_type(Verdict, "verdict"))
    verdict_reason: Mapped[str] = mapped_column(Text, default="")
    settled_by_wave_id: Mapped[int | None] = mapped_column(ForeignKey("wave.id"))
    created_at: Mapped[datetime]

    client: Mapped[Client] = relationship()
    wave: Mapped[Wave] = relationship(foreign_keys=[wave_id])
    settled_by: Mapped[Wave | None] = relationship(foreign_keys=[settled_by_wave_id])
    agreement_version: Mapped[AgreementVersion] = relationship()
    actions: Mapped[list["PlanAction"]] = relationship(back_populates="plan", order_by="PlanAction.position")


class PlanAction(Base):
    __tablename__ = "plan_action"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("action_plan.id"), index=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(500))
    party: Mapped[Obligor] = mapped_column(enum_type(Obligor, "party"))
    owner: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date]
    state: Mapped[ActionState] = mapped_column(enum_type(ActionState, "state"), default=ActionState.TO_DO)

    plan: Mapped[ActionPlan] = relationship(back_populates="actions")
