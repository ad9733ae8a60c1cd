"""The table of what respondents are told, one letter a wave."""

from datetime import datetime
from typing import TypedDict

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.campaigns.models import Wave
from survey_app.db import Base, BigId

MAX_RECALL = 200


class Point(TypedDict):
    """What people said of one line, and what is done about it."""

    plan_id: int
    said: str
    doing: str


class ToldLetter(Base):
    """The lead's words to everybody who answered; once sent they do not change."""

    __tablename__ = "told_letter"
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
