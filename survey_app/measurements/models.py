"""Tables of the facts, the contract evidence and the files that prove both."""

from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.agreements.models import Agreement
from survey_app.clients.models import MAX_EMAIL, MAX_NAME
from survey_app.db import Base, BigId, unique_where

MAX_NOTE = 2000
MAX_FILE_NAME = 200
CURRENT = "replaced_at IS NULL"


class Measurement(Base):
    """The counts of one line over one period; what a second person validated is corrected by a new row."""

    __tablename__ = "measurement"
    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="period_is_ordered"),
        CheckConstraint("observed_on >= starts_on AND observed_on <= ends_on", name="observed_in_its_period"),
        CheckConstraint("(validated_at IS NULL) = (validated_by IS NULL)", name="validated_has_its_person"),
        CheckConstraint("validated_by <> entered_by", name="validated_by_a_second_person"),
        unique_where("uq_measurement_current", "agreement_id", "indicator_key", "period_key", condition=CURRENT),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    indicator_key: Mapped[str] = mapped_column(String(64))
    period_key: Mapped[str] = mapped_column(String(10))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    observed_on: Mapped[date]
    counts: Mapped[dict[str, str]] = mapped_column(JSON)
    value: Mapped[Fraction | None]
    note: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(String(32))
    entered_by: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[datetime]
    validated_by: Mapped[str | None] = mapped_column(String(200))
    validated_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]

    agreement: Mapped[Agreement] = relationship()
    files: Mapped[list["EvidenceFile"]] = relationship(back_populates="measurement", order_by="EvidenceFile.id")


class EvidenceDocument(Base):
    """A document that the contract asks for: where it is, who owns it, until when it holds."""

    __tablename__ = "evidence_document"
    __table_args__ = (
        CheckConstraint("expires_on IS NULL OR expires_on >= reviewed_on", name="expires_after_review"),
        CheckConstraint("(validated_at IS NULL) = (validated_by IS NULL)", name="validated_has_its_person"),
        CheckConstraint("validated_by <> entered_by", name="validated_by_a_second_person"),
        unique_where("uq_evidence_document_current", "agreement_id", "indicator_key", condition=CURRENT),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    agreement_id: Mapped[int] = mapped_column(ForeignKey("agreement.id"), index=True)
    indicator_key: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    owner: Mapped[str] = mapped_column(String(MAX_NAME))
    owner_email: Mapped[str] = mapped_column(String(MAX_EMAIL), default="")
    reviewed_on: Mapped[date]
    expires_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text, default="")
    entered_by: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[datetime]
    validated_by: Mapped[str | None] = mapped_column(String(200))
    validated_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]

    agreement: Mapped[Agreement] = relationship()
    tests: Mapped[list["EvidenceTest"]] = relationship(
        back_populates="document", order_by="EvidenceTest.tested_on, EvidenceTest.id"
    )
    files: Mapped[list["EvidenceFile"]] = relationship(back_populates="document", order_by="EvidenceFile.id")


class EvidenceTest(Base):
    """A restore test, an exercise, a rebuild: its date, whether it passed, what it measured."""

    __tablename__ = "evidence_test"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("evidence_document.id"), index=True)
    tested_on: Mapped[date]
    is_passed: Mapped[bool]
    measured: Mapped[Fraction | None]
    note: Mapped[str] = mapped_column(Text, default="")
    entered_by: Mapped[str] = mapped_column(String(200))
    entered_at: Mapped[datetime]

    document: Mapped[EvidenceDocument] = relationship(back_populates="tests")


class EvidenceFile(Base):
    """A file that proves a count or a document; its content is stored under its own hash."""

    __tablename__ = "evidence_file"
    __table_args__ = (
        UniqueConstraint("measurement_id", "document_id", "sha256"),
        CheckConstraint("(measurement_id IS NULL) <> (document_id IS NULL)", name="proves_one_thing"),
        CheckConstraint("n_bytes > 0", name="is_not_empty"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    measurement_id: Mapped[int | None] = mapped_column(ForeignKey("measurement.id"), index=True)
    document_id: Mapped[int | None] = mapped_column(ForeignKey("evidence_document.id"), index=True)
    name: Mapped[str] = mapped_column(String(MAX_FILE_NAME))
    content_type: Mapped[str] = mapped_column(String(100))
    n_bytes: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    uploaded_by: Mapped[str] = mapped_column(String(200))
    uploaded_at: Mapped[datetime]

    measurement: Mapped[Measurement | None] = relationship(back_populates="files")
    document: Mapped[EvidenceDocument | None] = relationship(back_populates="files")
