"""Tables of the scores, exact and written once when the wave closes, and of the marks counted for dashboards."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.agreements.models import Measure, Obligor, Score3
from survey_app.campaigns.models import Wave
from survey_app.clients.models import Contact
from survey_app.db import Base, BigId, ScaledDecimal, enum_type


class ScoreLevel(StrEnum):
    INDICATOR = "indicator"
    THEME = "theme"
    OVERALL = "overall"


class ScoreState(StrEnum):
    MET = "met"
    NOT_MET = "not_met"
    INCONCLUSIVE = "inconclusive"
    NOT_MEASURABLE = "not_measurable"


class Score(Base):
    """One score of a wave; "not measurable" is the absence of a score, never 0 and never 10."""

    __tablename__ = "score"
    __table_args__ = (
        UniqueConstraint("wave_id", "level", "subject_key", "obligor"),
        CheckConstraint(
            "state IS NULL OR (exact IS NULL) = (state = 'not_measurable')", name="measurable_has_its_score"
        ),
        CheckConstraint(
            "(level = 'indicator') = (state IS NOT NULL) AND (level = 'indicator') = (threshold IS NOT NULL)",
            name="only_lines_are_judged",
        ),
        CheckConstraint("n_respondents <= population", name="respondents_within_population"),
        CheckConstraint("NOT is_breach OR exact IS NOT NULL", name="breach_has_its_score"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    level: Mapped[ScoreLevel] = mapped_column(enum_type(ScoreLevel, "level"))
    subject_key: Mapped[str] = mapped_column(String(64))
    obligor: Mapped[Obligor] = mapped_column(enum_type(Obligor, "obligor"))
    measure: Mapped[Measure | None] = mapped_column(enum_type(Measure, "measure"))
    is_internal: Mapped[bool] = mapped_column(default=False)
    exact: Mapped[Fraction | None]
    threshold: Mapped[Decimal | None] = mapped_column(Score3)
    weight: Mapped[Decimal] = mapped_column(Score3)
    n_respondents: Mapped[int] = mapped_column(default=0)
    population: Mapped[int] = mapped_column(default=0)
    low: Mapped[Decimal | None] = mapped_column(ScaledDecimal(6))
    high: Mapped[Decimal | None] = mapped_column(ScaledDecimal(6))
    state: Mapped[ScoreState | None] = mapped_column(enum_type(ScoreState, "state"))
    is_breach: Mapped[bool] = mapped_column(default=False)
    # What the score was made of: the survey's mean, the mark of the facts, and their blend.
    survey_mark: Mapped[Fraction | None]
    fact_mark: Mapped[Fraction | None]
    survey_share: Mapped[Decimal | None] = mapped_column(Score3)
    absent_roles: Mapped[list[str]] = mapped_column(JSON, default=list)
    method: Mapped[str] = mapped_column(String(64))

    wave: Mapped[Wave] = relationship()


class WaveSummary(Base):
    """A closed wave in one row: what the portfolio of all clients reads, frozen at the close.

    `respondent_mean` is the mean over people of each one's own mean over the agreement's survey lines.
    """

    __tablename__ = "wave_summary"
    __table_args__ = (
        CheckConstraint("n_answered <= n_invited", name="answered_within_invited"),
        CheckConstraint("n_rating <= n_answered", name="rating_within_answered"),
        CheckConstraint("(n_rating = 0) = (respondent_mean IS NULL)", name="rating_has_its_mean"),
        CheckConstraint("n_flagged <= n_answered", name="flagged_within_answered"),
    )

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    n_invited: Mapped[int]
    n_answered: Mapped[int]
    n_rating: Mapped[int]
    n_flagged: Mapped[int]
    # The fewest people behind any shared survey line: what decides whether a mean may be shown.
    n_fewest: Mapped[int]
    respondent_mean: Mapped[Fraction | None]


class MarkCount(Base):
    """How often each mark was given to a question of a closed wave: what dashboards over many waves read."""

    __tablename__ = "mark_count"
    __table_args__ = (
        CheckConstraint("mark >= 0 AND mark <= 10", name="mark_on_scale"),
        CheckConstraint("n_people > 0", name="counts_someone"),
        Index("ix_mark_count_question_key", "question_key"),
    )

    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    question_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    mark: Mapped[int] = mapped_column(primary_key=True)
    n_people: Mapped[int]


class ResultLink(Base):
    """The client's own view of a closed wave, given to one named contact; the link itself is stored nowhere."""

    __tablename__ = "result_link"
    __table_args__ = (
        UniqueConstraint("wave_id", "contact_id"),
        UniqueConstraint("token_hash"),
        CheckConstraint("token_version >= 1", name="token_version_is_positive"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"), index=True)
    contact_id: Mapped[int] = mapped_column(ForeignKey("contact.id"), index=True)
    token_version: Mapped[int] = mapped_column(default=1)
    token_hash: Mapped[str] = mapped_column(String(64))
    shared_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    wave: Mapped[Wave] = relationship()
    contact: Mapped[Contact] = relationship()
