"""Tables of the scores, exact and written once when the wave closes, and of the marks counted for dashboards."""

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.agreements.models import Measure, Obligor, Score3
from survey_app.campaigns.models import Wave
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
