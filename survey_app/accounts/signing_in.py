"""Sign a person in: passwords kept as argon2id, attempts counted for every process, sessions opened and ended."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey_app.accounts.access import name_actor
from survey_app.accounts.models import AttemptCount, StaffSession, User
from survey_app.audit.service import note
from survey_app.tokens import hash_token

# The second recommendation of RFC 9106: 3 passes, 64 MiB, 4 lanes.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)


def hash_password(password: str) -> str:
    return _HASHER.hash(password)


def is_password(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False


def needs_new_hash(stored: str) -> bool:
    return _HASHER.check_needs_rehash(stored)


@cache
def nobodys_password() -> str:
    """Return a hash that no password fits, to spend the same time on an address that has no account."""
    return _HASHER.hash("an account that does not exist")


def mark_of(stored: str) -> str:
    """Return a mark of the stored password that changes with it and tells nothing about it."""
    return hashlib.sha256(stored.encode()).hexdigest()[:16]


WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 60


def count_attempt(session: Session, scope: str, value: str, now: datetime) -> int:
    """Count one more attempt and return how many the running window holds."""
    # What was typed and where it came from is nobody's business: only a hash is kept, and not for long.
    key_hash = hashlib.sha256(f"{scope}\n{value}".encode(errors="replace")).hexdigest()
    is_past = AttemptCount.window_ends_at <= now
    session.execute(delete(AttemptCount).where(is_past, AttemptCount.key_hash != key_hash))
    is_postgres = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if is_postgres else sqlite.insert
    statement = insert(AttemptCount).values(key_hash=key_hash, n_attempts=1, window_ends_at=now + WINDOW)
    upsert = statement.on_conflict_do_update(
        index_elements=["key_hash"],
        set_={
            "n_attempts": case((is_past, 1), else_=AttemptCount.n_attempts + 1),
            "window_ends_at": case((is_past, now + WINDOW), else_=AttemptCount.window_ends_at),
        },
    )
    return int(session.execute(upsert.returning(AttemptCount.n_attempts)).scalar_one())


def may_try(session: Session, account: str, address: str, now: datetime) -> bool:
    """Count an attempt on an account from an address, and tell whether it is still allowed."""
    n_account = count_attempt(session, "account", account, now)
    n_address = count_attempt(session, "address", address, now)
    return n_account <= PER_ACCOUNT and n_address <= PER_ADDRESS


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
    note(session, user, "signed_in", actor_of(user), now)
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
