"""Tables of the responses: append-only once submitted."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.campaigns.models import Invitation, Wave
from survey_app.clients.models import ContactRole
from survey_app.db import Base, BigId, enum_type


class Response(Base):
    """One whole form, submitted once; in the anonymous mode nothing ties it to its invitation.

    Its id is drawn at random, so that the order of the rows never tells the order of arrival.
    """

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("invitation_id"),
        UniqueConstraint("receipt_code"),
        # Also what finds the responses of a wave.
        UniqueConstraint("wave_id", "id"),
        CheckConstraint("language IN ('fr', 'en')", name="language"),
        CheckConstraint("n_seconds IS NULL OR n_seconds >= 0", name="duration_is_not_negative"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"))
    role: Mapped[ContactRole | None] = mapped_column(enum_type(ContactRole, "role"))
    language: Mapped[str] = mapped_column(String(2))
    receipt_code: Mapped[str] = mapped_column(String(24))
    submitted_at: Mapped[datetime]
    n_seconds: Mapped[int | None]

    wave: Mapped[Wave] = relationship()
    invitation: Mapped[Invitation | None] = relationship()
    answers: Mapped[list["Answer"]] = relationship(back_populates="response")


class Answer(Base):
    """One question's answer: a mark on its scale, "not applicable", a comment, or a mark with a comment."""

    __tablename__ = "answer"
    __table_args__ = (
        ForeignKeyConstraint(["wave_id", "response_id"], ["response.wave_id", "response.id"]),
        CheckConstraint("rating IS NULL OR NOT is_not_applicable", name="one_kind_of_answer"),
        CheckConstraint("rating IS NOT NULL OR is_not_applicable OR comment IS NOT NULL", name="says_something"),
        CheckConstraint("rating IS NULL OR (rating >= 0 AND rating <= 10)", name="rating_on_scale"),
        # The key is the row: a second tree for it would double what an answer costs to write.
        {"sqlite_with_rowid": False},
    )

    wave_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    response_id: Mapped[int] = mapped_column(BigId, primary_key=True)
    question_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    rating: Mapped[int | None]
    is_not_applicable: Mapped[bool] = mapped_column(default=False)
    comment: Mapped[str | None] = mapped_column(Text)

    response: Mapped[Response] = relationship(back_populates="answers")
