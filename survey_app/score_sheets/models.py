"""Tables of the score sheets and their numbered, signed editions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.campaigns.models import Wave
from survey_app.clients.models import MAX_EMAIL, MAX_NAME
from survey_app.db import Base, BigId, enum_type, unique_where

MAX_CONTEST = 10_000


class Party(StrEnum):
    """Who contests: each of the two that signed."""

    AGENCY = "agency"
    CLIENT = "client"


class ContestOutcome(StrEnum):
    """What became of a contested line; what is still open is printed as contested."""

    OPEN = "open"
    STANDS = "stands"
    SET_ASIDE = "set_aside"
    WITHDRAWN = "withdrawn"


class ScoreSheet(Base):
    """The sheet of one wave; what it says lives in its editions."""

    __tablename__ = "score_sheet"
    __table_args__ = (UniqueConstraint("wave_id"), UniqueConstraint("reference"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("wave.id"))
    reference: Mapped[str] = mapped_column(String(64))

    wave: Mapped[Wave] = relationship()
    editions: Mapped[list["Edition"]] = relationship(back_populates="sheet", order_by="Edition.number.desc()")
    contests: Mapped[list["Contest"]] = relationship(back_populates="sheet", order_by="Contest.id")
    recipients: Mapped[list["SheetRecipient"]] = relationship(back_populates="sheet", order_by="SheetRecipient.id")


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
    approval: Mapped["Approval | None"] = relationship(back_populates="edition")


class Approval(Base):
    """The second person's word that an edition may be paid."""

    __tablename__ = "approval"
    __table_args__ = (UniqueConstraint("edition_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id"))
    approved_by: Mapped[str] = mapped_column(String(200))
    approved_at: Mapped[datetime]

    edition: Mapped[Edition] = relationship(back_populates="approval")


class Contest(Base):
    """One party's objection to one line, with its reason, and what was answered."""

    __tablename__ = "contest"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="contest_has_its_reason"),
        CheckConstraint("(outcome = 'open') = (answered_at IS NULL)", name="answered_has_its_date"),
        CheckConstraint("outcome IN ('open', 'withdrawn') OR answer <> ''", name="answer_says_something"),
        unique_where("uq_contest_open", "sheet_id", "indicator_key", "party", condition="outcome = 'open'"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("score_sheet.id"), index=True)
    indicator_key: Mapped[str] = mapped_column(String(64))
    party: Mapped[Party] = mapped_column(enum_type(Party, "party"))
    author: Mapped[str] = mapped_column(String(MAX_NAME))
    reason: Mapped[str] = mapped_column(Text)
    raised_at: Mapped[datetime]
    outcome: Mapped[ContestOutcome] = mapped_column(enum_type(ContestOutcome, "outcome"), default=ContestOutcome.OPEN)
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[str] = mapped_column(String(200), default="")
    answered_at: Mapped[datetime | None]

    sheet: Mapped[ScoreSheet] = relationship(back_populates="contests")


class SheetRecipient(Base):
    """A person the sheet is sent to; the link is kept as a hash, and reading it is said by a click."""

    __tablename__ = "sheet_recipient"
    __table_args__ = (
        UniqueConstraint("sheet_id", "email"),
        UniqueConstraint("token_hash"),
        CheckConstraint("(read_at IS NULL) = (read_edition IS NULL)", name="read_has_its_edition"),
        CheckConstraint("language IN ('fr', 'en')", name="language"),
        CheckConstraint("token_version >= 1", name="token_version_is_positive"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("score_sheet.id"), index=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    email: Mapped[str] = mapped_column(String(MAX_EMAIL))
    language: Mapped[str] = mapped_column(String(2))
    token_version: Mapped[int] = mapped_column(default=1)
    token_hash: Mapped[str] = mapped_column(String(64))
    sent_at: Mapped[datetime]
    sent_by: Mapped[str] = mapped_column(String(200))
    read_at: Mapped[datetime | None]
    read_edition: Mapped[int | None]

    sheet: Mapped[ScoreSheet] = relationship(back_populates="recipients")
