"""A forgotten password: one mail, one link, one use."""

import hmac
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts.models import PasswordReset
from survey_app.accounts.service import set_password
from survey_app.accounts.signing_in import actor_of, find_user
from survey_app.errors import N_, NotFound
from survey_app.outbox.service import enqueue
from survey_app.tokens import derive_token

KIND = "password_reset"
VALID_FOR = timedelta(hours=1)


def derive_reset_token(token_key: bytes, reset: PasswordReset) -> str:
    """Return the secret part of the link, made anew whenever it is needed and stored nowhere."""
    return f"{reset.id}-{derive_token(token_key, KIND, reset.id, reset.requested_at)}"


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
        kind=KIND,
        recipient=user.email,
        language=user.language,
        deduplication_key=f"{KIND}:{reset.id}",
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
