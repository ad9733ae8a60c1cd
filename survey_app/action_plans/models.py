"""Tables of the plans de progrès: the plan, its phases and actions, who was asked and how it went."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypedDict

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.accounts.models import User
from survey_app.action_plans.vocabulary import ActionState as ActionState
from survey_app.action_plans.vocabulary import CauseKind, LinkPurpose, Outcome
from survey_app.action_plans.vocabulary import PlanState as PlanState
from survey_app.action_plans.vocabulary import Verdict as Verdict
from survey_app.agreements.models import AgreementVersion, Obligor, Score3
from survey_app.campaigns.models import Campaign, Wave
from survey_app.clients.models import MAX_EMAIL, MAX_NAME, Client, Contact
from survey_app.db import Base, BigId, ScaledDecimal, enum_type, unique_where

MAX_TITLE = 500
SHA256_LENGTH = 64
MAX_RECALL = 200


class ActionPlan(Base):
    """A plan for one line: a mark strictly below its threshold always opens one, others are voluntary.

    A plan with a leader is one more line of the leader's plan: the work is written there, while the
    line keeps its own criterion and its own verdict.
    """

    __tablename__ = "action_plan"
    __table_args__ = (
        CheckConstraint("(verdict IS NULL) = (settled_by_wave_id IS NULL)", name="verdict_has_its_wave"),
        CheckConstraint("success_level >= threshold AND success_level <= 10000", name="success_on_scale"),
        CheckConstraint("min_respondents >= 1", name="someone_must_answer"),
        CheckConstraint(
            "NOT is_breach OR (wave_id IS NOT NULL AND exact_score IS NOT NULL)", name="breach_has_its_wave"
        ),
        CheckConstraint("(sealed_at IS NULL) = (seal IS NULL)", name="seal_has_its_date"),
        CheckConstraint(
            "state NOT IN ('agreed', 'under_way', 'done') OR sealed_at IS NOT NULL", name="sealed_before_work"
        ),
        CheckConstraint("state <> 'settled' OR verdict IS NOT NULL", name="settled_has_its_verdict"),
        CheckConstraint("leader_id IS NULL OR leader_id <> id", name="leads_another"),
        unique_where("uq_action_plan_breach", "wave_id", "indicator_key", condition="is_breach"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("wave.id"), index=True)
    agreement_version_id: Mapped[int] = mapped_column(ForeignKey("agreement_version.id"))
    leader_id: Mapped[int | None] = mapped_column(ForeignKey("action_plan.id"), index=True)
    indicator_key: Mapped[str] = mapped_column(String(64))
    is_breach: Mapped[bool] = mapped_column(default=True)
    is_internal: Mapped[bool] = mapped_column(default=False)
    party: Mapped[Obligor] = mapped_column(enum_type(Obligor, "party"))
    state: Mapped[PlanState] = mapped_column(enum_type(PlanState, "state"), default=PlanState.DRAFTED)
    exact_score: Mapped[Fraction | None]
    threshold: Mapped[Decimal] = mapped_column(Score3)

    nonconformity: Mapped[str] = mapped_column(Text, default="")
    cause: Mapped[str] = mapped_column(Text, default="")
    cause_kind: Mapped[CauseKind | None] = mapped_column(enum_type(CauseKind, "cause_kind"))
    constraints: Mapped[str] = mapped_column(Text, default="")
    actors: Mapped[str] = mapped_column(Text, default="")

    success_level: Mapped[Decimal] = mapped_column(Score3)
    min_respondents: Mapped[int] = mapped_column(default=3)
    judging_campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), index=True)
    judging_wave_number: Mapped[int]
    sealed_at: Mapped[datetime | None]
    seal: Mapped[str | None] = mapped_column(String(SHA256_LENGTH))

    verdict: Mapped[Verdict | None] = mapped_column(enum_type(Verdict, "verdict"))
    verdict_reason: Mapped[str] = mapped_column(Text, default="")
    settled_by_wave_id: Mapped[int | None] = mapped_column(ForeignKey("wave.id"))

    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[str] = mapped_column(String(200), default="")

    client: Mapped[Client] = relationship()
    wave: Mapped[Wave | None] = relationship(foreign_keys=[wave_id])
    settled_by: Mapped[Wave | None] = relationship(foreign_keys=[settled_by_wave_id])
    agreement_version: Mapped[AgreementVersion] = relationship()
    judging_campaign: Mapped[Campaign] = relationship()
    leader: Mapped["ActionPlan | None"] = relationship(back_populates="covered", remote_side="ActionPlan.id")
    covered: Mapped[list["ActionPlan"]] = relationship(back_populates="leader", order_by="ActionPlan.id")
    phases: Mapped[list["PlanPhase"]] = relationship(
        back_populates="plan", order_by="(PlanPhase.starts_on, PlanPhase.id)", cascade="all, delete-orphan"
    )
    actions: Mapped[list["PlanAction"]] = relationship(
        back_populates="plan", order_by="PlanAction.position", cascade="all, delete-orphan"
    )
    proposals: Mapped[list["PlanProposal"]] = relationship(back_populates="plan", order_by="PlanProposal.number")
    amendments: Mapped[list["CriterionAmendment"]] = relationship(
        back_populates="plan", order_by="CriterionAmendment.number"
    )
    steps: Mapped[list["PlanStep"]] = relationship(back_populates="plan", order_by="PlanStep.id")

    @property
    def lines(self) -> list["ActionPlan"]:
        """Return every line that this plan answers for, its own first."""
        return [self, *self.covered]


class PlanPhase(Base):
    __tablename__ = "plan_phase"
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="period_is_ordered"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("action_plan.id"), index=True)
    title: Mapped[str] = mapped_column(String(200))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str] = mapped_column(String(200), default="")

    plan: Mapped[ActionPlan] = relationship(back_populates="phases")


class PlanAction(Base):
    """What somebody does by a date; done means done with its evidence."""

    __tablename__ = "plan_action"
    __table_args__ = (
        CheckConstraint("starts_on IS NULL OR due_on >= starts_on", name="period_is_ordered"),
        CheckConstraint("state NOT IN ('done', 'dropped') OR evidence <> ''", name="ended_has_its_evidence"),
        CheckConstraint("(state IN ('done', 'dropped')) = (ended_on IS NOT NULL)", name="ended_has_its_date"),
        CheckConstraint("cost IS NULL OR cost >= 0", name="cost_is_not_negative"),
        CheckConstraint("n_reminders BETWEEN 0 AND 3", name="reminders_are_counted"),
        CheckConstraint("owner_user_id IS NULL OR owner_contact_id IS NULL", name="one_owner"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("action_plan.id"), index=True)
    phase_id: Mapped[int | None] = mapped_column(ForeignKey("plan_phase.id", ondelete="SET NULL"))
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(MAX_TITLE))
    party: Mapped[Obligor] = mapped_column(enum_type(Obligor, "party"))
    owner: Mapped[str] = mapped_column(String(MAX_NAME))
    owner_email: Mapped[str] = mapped_column(String(MAX_EMAIL), default="")
    owner_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    owner_contact_id: Mapped[int | None] = mapped_column(ForeignKey("contact.id"))
    starts_on: Mapped[date | None]
    due_on: Mapped[date] = mapped_column(index=True)
    state: Mapped[ActionState] = mapped_column(enum_type(ActionState, "state"), default=ActionState.TO_DO)
    ended_on: Mapped[date | None]
    evidence: Mapped[str] = mapped_column(Text, default="")
    cost: Mapped[Decimal | None] = mapped_column(ScaledDecimal(2))
    # How far the reminders have gone: announced, overdue, told to the lead.
    n_reminders: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str] = mapped_column(String(200), default="")

    plan: Mapped[ActionPlan] = relationship(back_populates="actions")
    phase: Mapped[PlanPhase | None] = relationship()
    owner_user: Mapped[User | None] = relationship()
    owner_contact: Mapped[Contact | None] = relationship()


class PlanLink(Base):
    """A personal link to a plan, kept only as a hash: the signatory's, or that of an action's owner."""

    __tablename__ = "plan_link"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        UniqueConstraint("token_hash"),
        unique_where("uq_plan_link_living", "plan_id", "purpose", "email", condition="revoked_at IS NULL"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("action_plan.id"), index=True)
    number: Mapped[int]
    purpose: Mapped[LinkPurpose] = mapped_column(enum_type(LinkPurpose, "purpose"))
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    email: Mapped[str] = mapped_column(String(MAX_EMAIL))
    language: Mapped[str] = mapped_column(String(2))
    token_hash: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    plan: Mapped[ActionPlan] = relationship()


class PlanProposal(Base):
    """One proposal to the client's signatory: what was shown, and what they said of it."""

    __tablename__ = "plan_proposal"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        CheckConstraint("(outcome = 'open') = (ended_at IS NULL)", name="ended_has_its_date"),
        CheckConstraint("outcome <> 'agreed' OR signed_name <> ''", name="agreed_is_signed"),
        unique_where("uq_plan_proposal_open", "plan_id", condition="outcome = 'open'"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("action_plan.id"), index=True)
    number: Mapped[int]
    link_id: Mapped[int] = mapped_column(ForeignKey("plan_link.id"))
    proposed_by: Mapped[str] = mapped_column(String(200))
    agency_email: Mapped[str] = mapped_column(String(MAX_EMAIL))
    message: Mapped[str] = mapped_column(Text, default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    content_hash: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    outcome: Mapped[Outcome] = mapped_column(enum_type(Outcome, "outcome"), default=Outcome.OPEN)
    proposed_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    signed_name: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    comment: Mapped[str] = mapped_column(Text, default="")
    # What the client would change, by the key of the part it is about.
    remarks: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)

    plan: Mapped[ActionPlan] = relationship(back_populates="proposals")
    link: Mapped[PlanLink] = relationship()


class CriterionAmendment(Base):
    """A change of a sealed criterion: visible for ever, and in force only once both have agreed."""

    __tablename__ = "criterion_amendment"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        CheckConstraint("reason <> ''", name="says_why"),
        CheckConstraint("(outcome = 'open') = (ended_at IS NULL)", name="ended_has_its_date"),
        CheckConstraint("outcome <> 'agreed' OR answered_by <> ''", name="agreed_by_someone"),
        unique_where("uq_criterion_amendment_open", "plan_id", condition="outcome = 'open'"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("action_plan.id"), index=True)
    number: Mapped[int]
    old_level: Mapped[Decimal] = mapped_column(Score3)
    old_min_respondents: Mapped[int]
    old_wave_number: Mapped[int]
    level: Mapped[Decimal] = mapped_column(Score3)
    min_respondents: Mapped[int]
    wave_number: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    outcome: Mapped[Outcome] = mapped_column(enum_type(Outcome, "outcome"), default=Outcome.OPEN)
    proposed_by: Mapped[str] = mapped_column(String(200))
    proposed_at: Mapped[datetime]
    answered_by: Mapped[str] = mapped_column(String(200), default="")
    ended_at: Mapped[datetime | None]

    plan: Mapped[ActionPlan] = relationship(back_populates="amendments")


class PlanStep(Base):
    """One change of state; a verdict stays here when the plan is reopened."""

    __tablename__ = "plan_step"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("action_plan.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(200))
    state: Mapped[PlanState] = mapped_column(enum_type(PlanState, "state"))
    note: Mapped[str] = mapped_column(Text, default="")
    wave_id: Mapped[int | None] = mapped_column(ForeignKey("wave.id"))
    verdict: Mapped[Verdict | None] = mapped_column(enum_type(Verdict, "verdict"))
    exact_score: Mapped[Fraction | None]
    n_respondents: Mapped[int | None]

    plan: Mapped[ActionPlan] = relationship(back_populates="steps")
    wave: Mapped[Wave | None] = relationship()


class PlanCalendar(Base):
    """The address at which a person's calendar reads the due dates; kept only as a hash."""

    __tablename__ = "plan_calendar"
    __table_args__ = (UniqueConstraint("token_hash"), CheckConstraint("version >= 1", name="version_is_positive"))

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    token_hash: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    created_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class Point(TypedDict):
    """What people said of one line, and what is done about it."""

    plan_id: int
    said: str
    doing: str


class FeedbackLetter(Base):
    """The lead's words to everybody who answered; once sent they do not change."""

    __tablename__ = "feedback_letter"
    __table_args__ = (
        UniqueConstraint("wave_id"),
        UniqueConstraint("token_hash"),
        CheckConstraint("(sent_at IS NULL) = (token_hash IS NULL)", name="sent_has_its_link"),
        CheckConstraint("sent_at IS NULL OR recall <> ''", name="sent_says_what_to_recall"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    introduction: Mapped[str] = mapped_column(Text, default="")
    points: Mapped[list[Point]] = mapped_column(JSON, default=list)
    reply: Mapped[str] = mapped_column(Text, default="")
    recall: Mapped[str] = mapped_column(String(MAX_RECALL), default="")
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    token_hash: Mapped[str | None] = mapped_column(String(64))

    wave: Mapped[Wave] = relationship()
