"""Tables of the score sheets and their numbered, signed editions."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.campaigns.models import Wave
from survey_app.db import Base, BigId


class ScoreSheet(Base):
    """The sheet of one wave; what it says lives in its editions."""

    __tablename__ = "score_sheet"
    __table_args__ = (UniqueConstraint("wave_id"), UniqueConstraint("reference"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    reference: Mapped[str] = mapped_column(String(64))

    wave: Mapped[Wave] = relationship()
    editions: Mapped[list["Edition"]] = relationship(
        back_populates="sheet", order_by="Edition.number.desc()"
    )


class Edition(Base):
    """One frozen edition: canonical JSON, its hash and signature; a correction is a new one with its reason."""

    __tablename__ = "edition"
    __table_args__ = (
        UniqueConstraint("sheet_id", "number"),
        CheckConstraint("number >= 1", name="number_is_positive"),
        CheckConstraint("number = 1 OR reason <> ''", name="correction_has_its_reason"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("score_sheet.id"), index=True)
    number: Mapped[int]
    snapshot: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    signature: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(Text, default="")
    issued_by: Mapped[str] = mapped_column(String(200))
    issued_at: Mapped[datetime]

    sheet: Mapped[ScoreSheet] = relationship(back_populates="editions")
