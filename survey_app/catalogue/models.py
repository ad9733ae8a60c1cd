"""The table of an agency's own indicators, beside the 45 of the catalogue."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from survey_app.db import Base, BigId

MAX_KEY = 64
MAX_LABEL = 200


class OwnIndicator(Base):
    """An indicator that the agency added; its key never meets one of the catalogue's."""

    __tablename__ = "own_indicator"
    __table_args__ = (
        UniqueConstraint("agency_id", "key"),
        CheckConstraint("key LIKE 'own!_%' ESCAPE '!'", name="key_is_apart"),
        CheckConstraint("measure IN ('survey', 'factual', 'mixed', 'contractual', 'unspecified')", name="measure"),
        CheckConstraint("obligor IN ('agency', 'client', 'both')", name="obligor"),
        CheckConstraint("direction IN ('up', 'down')", name="direction"),
        CheckConstraint("measure NOT IN ('factual', 'mixed') OR expression <> ''", name="fact_has_its_formula"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    key: Mapped[str] = mapped_column(String(MAX_KEY))
    theme: Mapped[str] = mapped_column(String(32))
    label_fr: Mapped[str] = mapped_column(String(MAX_LABEL))
    label_en: Mapped[str] = mapped_column(String(MAX_LABEL))
    purpose_fr: Mapped[str] = mapped_column(Text, default="")
    purpose_en: Mapped[str] = mapped_column(Text, default="")
    measure: Mapped[str] = mapped_column(String(32))
    occasion: Mapped[str] = mapped_column(String(32), default="period")
    obligor: Mapped[str] = mapped_column(String(32))
    unit: Mapped[str] = mapped_column(String(32))
    direction: Mapped[str] = mapped_column(String(8), default="up")
    expression: Mapped[str] = mapped_column(Text, default="")
    counts: Mapped[list[dict[str, str]]] = mapped_column(JSON, default=list)
    created_at: Mapped[datetime]
