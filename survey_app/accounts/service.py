"""Create and change the accounts of the staff, and give a forgotten password anew: one mail, one link, one use."""

import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.accounts.models import MAX_NAME, ClientAccess, PasswordReset, User
from survey_app.accounts.rules import check_password
from survey_app.accounts.signing_in import actor_of, end_all_sessions, find_user, hash_password, is_password
from survey_app.audit.service import note
from survey_app.errors import N_, Invalid, NotFound, Refusal
from survey_app.outbox.service import enqueue
from survey_app.tokens import derive_token
from survey_app.validation import clean_email, clean_line

SYSTEM = "command line"


def create_user(
    session: Session,
    email: str,
    name: str,
    password: str,
    role: Role,
    sees_all_clients: bool = False,
    *,
    now: datetime,
    language: str = "fr",
    actor: str = SYSTEM,
) -> User:
    """Open an account; an address has one, whatever its case and spaces."""
    address = clean_email(email)
    check_password(password, address)
    if find_user(session, address):
        raise Refusal(N_("There is already an account for %(email)s."), field="email", email=address)
    user = User(
        email=address,
        name=_clean_name(name),
        password=hash_password(password),
        role=role,
        sees_all_clients=sees_all_clients or role is Role.ADMINISTRATOR,
        language=language,
        created_at=now,
    )
    session.add(user)
    session.flush()
    note(session, user, "user_created", actor, now, role=role.value, sees_all_clients=user.sees_all_clients)
    return user


def _clean_name(name: str) -> str:
    cleaned = clean_line(name, MAX_NAME)
    if not cleaned:
        raise Invalid(N_("Give the person's name."), field="name")
    return cleaned


def change_user(
    session: Session,
    user: User,
    *,
    name: str,
    role: Role,
    active: bool,
    sees_all_clients: bool,
    client_ids: Iterable[int],
    actor: str,
    now: datetime,
) -> None:
    """Change what a person may do; what they may do decides their sessions, so those end."""
    before = (user.role, user.active, scope_of(user))
    user.name = _clean_name(name)
    user.role, user.active = role, active
    user.sees_all_clients = sees_all_clients or role is Role.ADMINISTRATOR
    set_client_accesses(session, user, () if user.sees_all_clients else client_ids)
    if (role, active, scope_of(user)) != before:
        end_all_sessions(session, user)
    clients = sorted(access.client_id for access in user.client_accesses)
    note(session, user, "user_changed", actor, now, role=role.value, active=active, clients=clients)


def scope_of(user: User) -> tuple[bool, frozenset[int]]:
    return user.sees_all_clients, frozenset(access.client_id for access in user.client_accesses)


def set_client_accesses(session: Session, user: User, client_ids: Iterable[int]) -> None:
    """Let this person work for these clients and no others."""
    wanted = set(client_ids)
    kept = [access for access in user.client_accesses if access.client_id in wanted]
    known = {access.client_id for access in kept}
    new = [ClientAccess(user_id=user.id, client_id=client_id) for client_id in sorted(wanted - known)]
    user.client_accesses = kept + new
    session.flush()


def grant_client(session: Session, user: User, client_id: int) -> None:
    """Let this person work for one more client."""
    set_client_accesses(session, user, {access.client_id for access in user.client_accesses} | {client_id})


def set_password(session: Session, user: User, password: str, actor: str, now: datetime) -> None:
    """Give a new password and end every session that the old one opened."""
    check_password(password, user.email)
    user.password = hash_password(password)
    end_all_sessions(session, user)
    note(session, user, "password_changed", actor, now)


def change_password(session: Session, user: User, current: str, new: str, now: datetime) -> None:
    """Change one's own password, knowing the current one."""
    if not is_password(user.password, current):
        raise Invalid(N_("This is not your current password. Type it again."), field="current_password")
    set_password(session, user, new, actor_of(user), now)


def change_profile(session: Session, user: User, *, name: str, language: str, now: datetime) -> None:
    """Change one's own name and language; a new name is noted under the one that it replaces."""
    before, actor = user.name, actor_of(user)
    user.name, user.language = _clean_name(name), language
    if user.name != before:
        note(session, user, "user_renamed", actor, now, before=before, after=user.name)


RESET_MAIL = "password_reset"
VALID_FOR = timedelta(hours=1)


def derive_reset_token(token_key: bytes, reset: PasswordReset) -> str:
    """Return the secret part of the link, made anew whenever it is needed and stored nowhere."""
    return f"{reset.id}-{derive_token(token_key, RESET_MAIL, reset.id, reset.requested_at)}"


def request_reset(session: Session, email: str, now: datetime) -> None:
    """Send a link to the address if it has an account; the asker learns nothing either way."""
    user = find_user(session, email)
    if user is None or not user.active:
        return
    reset = PasswordReset(user_id=user.id, requested_at=now, expires_at=now + VALID_FOR)
    session.add(reset)
    session.flush()
    enqueue(
        session,
        kind=RESET_MAIL,
        recipient=user.email,
        language=user.language,
        deduplication_key=f"{RESET_MAIL}:{reset.id}",
        subject_id=reset.id,
        expires_at=reset.expires_at,
        now=now,
    )


def find_reset(session: Session, token: str, token_key: bytes, now: datetime) -> PasswordReset:
    """Return the open request that the link belongs to; every other link gets the same answer."""
    number = token.partition("-")[0]
    reset_id = int(number) if number.isascii() and number.isdigit() and len(number) < 16 else 0
    reset = session.get(PasswordReset, reset_id)
    is_ours = reset is not None and hmac.compare_digest(
        derive_reset_token(token_key, reset).encode(), token.encode(errors="replace")
    )
    if reset is None or not is_ours or reset.used_at or reset.expires_at <= now or not reset.user.active:
        raise NotFound(N_("This link has been used or is too old. Ask for a new one on the sign-in page."))
    return reset


def use_reset(session: Session, reset: PasswordReset, password: str, now: datetime) -> None:
    """Set the new password; every link that was asked for before stops working."""
    set_password(session, reset.user, password, actor_of(reset.user), now)
    open_ones = select(PasswordReset).where(PasswordReset.user_id == reset.user_id, PasswordReset.used_at.is_(None))
    for other in session.scalars(open_ones):
        other.used_at = now
