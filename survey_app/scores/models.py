"""The table of scores: exact, written once when the wave closes."""

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
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
    method: Mapped[str] = mapped_column(String(64))

    wave: Mapped[Wave] = relationship()
