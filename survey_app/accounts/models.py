"""Tables of the staff accounts and of the clients that each one works for."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from survey_app.accounts.access import Role
from survey_app.db import Base, BigId, enum_type


class User(Base):
    """A person of the agency who signs in; a changed uniquifier ends every session they have open."""

    __tablename__ = "user"
    __table_args__ = (CheckConstraint("email = lower(trim(email))", name="email_is_normalised"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    password: Mapped[str] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(enum_type(Role, "role"))
    language: Mapped[str] = mapped_column(String(2), default="fr")
    active: Mapped[bool] = mapped_column(default=True)
    sees_all_clients: Mapped[bool] = mapped_column(default=False)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]

    client_accesses: Mapped[list["ClientAccess"]] = relationship(cascade="all, delete-orphan")


class ClientAccess(Base):
    """This person works for this client."""

    __tablename__ = "client_access"

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), primary_key=True)
