"""The table of bonuses: one amount per closed wave, with the trace of every euro."""

from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.campaigns.models import Wave
from survey_app.db import Base, BigId, ScaledDecimal


class Bonus(Base):
    """What one wave pays; a correction of the sheet adds the next number and leaves the first as it was."""

    __tablename__ = "bonus"
    __table_args__ = (
        UniqueConstraint("wave_id", "number"),
        CheckConstraint("number >= 1", name="number_is_positive"),
        CheckConstraint("NOT is_baseline OR amount = 0", name="baseline_never_pays"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    number: Mapped[int] = mapped_column(default=1)
    currency: Mapped[str] = mapped_column(String(3))
    amount: Mapped[Decimal] = mapped_column(ScaledDecimal(2))
    is_baseline: Mapped[bool]
    trace: Mapped[dict[str, Any]] = mapped_column(JSON)

    wave: Mapped[Wave] = relationship()
