"""Create and change the accounts of the staff."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.accounts.access import Role
from survey_app.accounts.models import MAX_NAME, ClientAccess, User
from survey_app.accounts.passwords import hash_password, is_password
from survey_app.accounts.rules import check_password
from survey_app.accounts.signing_in import actor_of, end_all_sessions, find_user
from survey_app.audit.service import record
from survey_app.errors import N_, Invalid, Refusal
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
    record(
        session,
        actor=actor,
        action="user_created",
        subject_type="user",
        subject_id=user.id,
        now=now,
        details={"role": role.value, "sees_all_clients": user.sees_all_clients},
    )
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
    record(
        session,
        actor=actor,
        action="user_changed",
        subject_type="user",
        subject_id=user.id,
        now=now,
        details={
            "role": role.value,
            "active": active,
            "clients": sorted(access.client_id for access in user.client_accesses),
        },
    )


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
    record(session, actor=actor, action="password_changed", subject_type="user", subject_id=user.id, now=now)


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
        record(
            session,
            actor=actor,
            action="user_renamed",
            subject_type="user",
            subject_id=user.id,
            now=now,
            details={"before": before, "after": user.name},
        )
