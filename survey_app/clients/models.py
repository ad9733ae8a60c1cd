"""Tables of the agency, its clients and their contacts, and of the words that its mails use."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.db import Base, BigId, enum_type

MAX_NAME = 200
MAX_EMAIL = 254


class ContactRole(StrEnum):
    MARKETING = "marketing"
    PURCHASING = "purchasing"
    MANAGEMENT = "management"
    COST_CONTROL = "cost_control"
    OTHER = "other"


class Civility(StrEnum):
    MADAM = "madam"
    SIR = "sir"
    NEUTRAL = "neutral"


class AddressState(StrEnum):
    """What bounces have taught about an address: a dead one is never written to again."""

    OK = "ok"
    SOFT = "soft"
    DEAD = "dead"


class Agency(Base):
    __tablename__ = "agency"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    postal_address: Mapped[str] = mapped_column(String(500), default="")
    privacy_contact: Mapped[str] = mapped_column(String(MAX_EMAIL), default="")
    accent_colour: Mapped[str] = mapped_column(String(7), default="#1d4ed8")
    # The logo of the answer form, a small PNG or JPEG; it is read where it is shown alone.
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    logo_hash: Mapped[str | None] = mapped_column(String(16))
    is_one_question_per_screen: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]

    clients: Mapped[list["Client"]] = relationship(back_populates="agency", order_by="Client.name")


class Client(Base):
    __tablename__ = "client"
    __table_args__ = (CheckConstraint("language IN ('fr', 'en')", name="language"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    language: Mapped[str] = mapped_column(String(2), default="fr")
    time_zone: Mapped[str] = mapped_column(String(64), default="Europe/Paris")
    created_at: Mapped[datetime]

    agency: Mapped[Agency] = relationship(back_populates="clients")
    contacts: Mapped[list["Contact"]] = relationship(back_populates="client", order_by="Contact.name")


class Contact(Base):
    """A person of the client; one per address, whatever its case and spaces."""

    __tablename__ = "contact"
    __table_args__ = (
        UniqueConstraint("client_id", "email"),
        CheckConstraint("email = lower(trim(email))", name="email_is_normalised"),
        CheckConstraint("language IN ('fr', 'en')", name="language"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), index=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    civility: Mapped[Civility] = mapped_column(enum_type(Civility, "civility"), default=Civility.NEUTRAL)
    email: Mapped[str] = mapped_column(String(MAX_EMAIL))
    role: Mapped[ContactRole] = mapped_column(enum_type(ContactRole, "role"), default=ContactRole.OTHER)
    job_title: Mapped[str] = mapped_column(String(MAX_NAME), default="")
    language: Mapped[str] = mapped_column(String(2), default="fr")
    is_signatory: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    opted_out_at: Mapped[datetime | None]
    address_state: Mapped[AddressState] = mapped_column(
        enum_type(AddressState, "address_state"), default=AddressState.OK
    )
    created_at: Mapped[datetime]

    client: Mapped[Client] = relationship(back_populates="contacts")


class MailWording(Base):
    """What an agency says in a mail in its own words; without a row the product's own words are used."""

    __tablename__ = "mail_wording"
    __table_args__ = (
        UniqueConstraint("agency_id", "kind", "language"),
        CheckConstraint("language IN ('fr', 'en')", name="language"),
        CheckConstraint("subject <> '' AND message <> ''", name="says_something"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    kind: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(2))
    subject: Mapped[str] = mapped_column(String(200))
    message: Mapped[str] = mapped_column(Text)
    updated_at: Mapped[datetime]
