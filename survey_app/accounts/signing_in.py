"""Open and end the sessions of the staff."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey_app.accounts.access import name_actor
from survey_app.accounts.models import StaffSession, User
from survey_app.accounts.passwords import hash_password, is_password, needs_new_hash, nobodys_password
from survey_app.audit.service import record
from survey_app.tokens import hash_token


def actor_of(user: User) -> str:
    return name_actor(user.name, user.email)


def find_user(session: Session, email: str) -> User | None:
    return session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()


def authenticate(session: Session, email: str, password: str) -> User | None:
    """Return the active person whose address and password these are."""
    user = find_user(session, email)
    is_right = is_password(user.password if user else nobodys_password(), password)
    if user is None or not is_right or not user.active:
        return None
    if needs_new_hash(user.password):
        user.password = hash_password(password)
    return user


def open_session(session: Session, user: User, lifetime: timedelta, now: datetime) -> str:
    """Open a session for a browser and return the token that its cookie will carry."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(StaffSession).where(StaffSession.expires_at <= now))
    session.add(StaffSession(token_hash=hash_token(token), user_id=user.id, opened_at=now, expires_at=now + lifetime))
    record(session, actor=actor_of(user), action="signed_in", subject_type="user", subject_id=user.id, now=now)
    return token


def find_signed_in(session: Session, token: str, now: datetime) -> User | None:
    """Return the active person whose open session this is."""
    return session.scalars(
        select(User)
        .join(StaffSession, StaffSession.user_id == User.id)
        .where(StaffSession.token_hash == hash_token(token), StaffSession.expires_at > now, User.active)
    ).one_or_none()


def end_session(session: Session, token: str) -> None:
    session.execute(delete(StaffSession).where(StaffSession.token_hash == hash_token(token)))


def end_all_sessions(session: Session, user: User, but_token: str | None = None) -> None:
    """End every session of this person, except the one that a password is changed from."""
    kept = hash_token(but_token) if but_token else ""
    session.execute(delete(StaffSession).where(StaffSession.user_id == user.id, StaffSession.token_hash != kept))
