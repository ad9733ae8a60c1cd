"""Tables of the staff accounts, of their open sessions and of the clients that each one works for."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.accounts.access import Role
from survey_app.db import Base, BigId, enum_type

MAX_NAME = 200
SHA256_LENGTH = 64


class User(Base):
    """A person of the agency who signs in."""

    __tablename__ = "user"
    __table_args__ = (
        CheckConstraint("email = lower(trim(email))", name="email_is_normalised"),
        CheckConstraint("language IN ('fr', 'en')", name="language"),
        CheckConstraint(
            "totp_confirmed_at IS NULL OR sealed_totp_secret IS NOT NULL", name="second_factor_has_its_secret"
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(MAX_NAME))
    password: Mapped[str] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"))
    language: Mapped[str] = mapped_column(String(2), default="fr")
    active: Mapped[bool] = mapped_column(default=True)
    sees_all_clients: Mapped[bool] = mapped_column(default=False)
    sealed_totp_secret: Mapped[str | None] = mapped_column(String(255))
    totp_confirmed_at: Mapped[datetime | None]
    # The period of the last code that was accepted: a code seen over a shoulder works no second time.
    totp_last_period: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    client_accesses: Mapped[list["ClientAccess"]] = relationship(cascade="all, delete-orphan")


class ClientAccess(Base):
    """This person works for this client."""

    __tablename__ = "client_access"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), primary_key=True)


class StaffSession(Base):
    """One browser that is signed in; without its row the cookie is worth nothing."""

    __tablename__ = "staff_session"
    __table_args__ = (CheckConstraint("expires_at > opened_at", name="expires_later"),)

    token_hash: Mapped[str] = mapped_column(String(SHA256_LENGTH), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class RecoveryCode(Base):
    """One way in without the telephone that makes the codes; it works once."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    code_hash: Mapped[str] = mapped_column(String(SHA256_LENGTH))
    used_at: Mapped[datetime | None]


class PasswordReset(Base):
    """One request for a new password; its link is derived when the mail leaves, never stored."""

    __tablename__ = "password_reset"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    requested_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    user: Mapped[User] = relationship()


class AttemptCount(Base):
    """How often something was tried in a window of time, shared by every process."""

    __tablename__ = "attempt_count"

    key_hash: Mapped[str] = mapped_column(String(SHA256_LENGTH), primary_key=True)
    n_attempts: Mapped[int]
    window_ends_at: Mapped[datetime] = mapped_column(index=True)
