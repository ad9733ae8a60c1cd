"""Read the accounts of the staff."""

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, selectinload

from survey_app.accounts.models import User
from survey_app.errors import N_, NotFound


def has_accounts(session: Session) -> bool:
    return bool(session.scalar(select(exists().where(User.id.is_not(None)))))


def list_users(session: Session) -> Sequence[User]:
    return session.scalars(
        select(User).options(selectinload(User.client_accesses)).order_by(User.active.desc(), User.name, User.id)
    ).all()


def get_user(session: Session, user_id: int) -> User:
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(N_("There is no such account."))
    return user
