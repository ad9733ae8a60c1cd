"""The second factor: a code of the telephone, or a recovery code that works once."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from survey_app.accounts.models import RecoveryCode, User
from survey_app.accounts.rules import matching_period
from survey_app.accounts.signing_in import actor_of
from survey_app.audit.service import note
from survey_app.errors import N_, Invalid

N_RECOVERY_CODES = 10


def _safe(secret_key: str) -> Fernet:
    # A copy of the database alone must not make codes.
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"second factor\n" + secret_key.encode()).digest()))


def _open_secret(user: User, secret_key: str) -> str | None:
    try:
        return _safe(secret_key).decrypt((user.sealed_totp_secret or "").encode()).decode()
    except InvalidToken:
        return None


def begin_second_factor(user: User, secret_key: str) -> None:
    """Give this person a new secret, to be confirmed by a first code."""
    user.sealed_totp_secret = _safe(secret_key).encrypt(pyotp.random_base32().encode()).decode()
    user.totp_confirmed_at, user.totp_last_period = None, 0


def enrolment_address(user: User, secret_key: str, issuer: str) -> str | None:
    """Return what the telephone reads from the square code while the secret waits for its first code."""
    secret = _open_secret(user, secret_key)
    if secret is None or user.totp_confirmed_at is not None:
        return None
    return pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=issuer)


def _take_code(session: Session, user: User, code: str, secret_key: str, now: datetime) -> bool:
    secret = _open_secret(user, secret_key)
    period = matching_period(secret, code, now, user.totp_last_period) if secret else None
    if period is None:
        return False
    # Two requests with one code may come at once: the row tells which of them was first.
    taken = session.execute(
        update(User)
        .where(User.id == user.id, User.totp_last_period < period)
        .values(totp_last_period=period)
        .returning(User.id)
    ).first()
    return taken is not None


def confirm_second_factor(session: Session, user: User, code: str, secret_key: str, now: datetime) -> list[str]:
    """Turn the second factor on with a first right code, and return the recovery codes, shown once."""
    if not _take_code(session, user, code, secret_key, now):
        raise Invalid(
            N_("This code does not match. Check the clock of the telephone and type the code it shows now."),
            field="code",
        )
    user.totp_confirmed_at = now
    note(session, user, "second_factor_confirmed", actor_of(user), now)
    return renew_recovery_codes(session, user)


def renew_recovery_codes(session: Session, user: User) -> list[str]:
    """Replace the recovery codes; the old ones stop working."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [secrets.token_hex(5) for _ in range(N_RECOVERY_CODES)]
    session.add_all(RecoveryCode(user_id=user.id, code_hash=_hash_code(user, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _hash_code(user: User, code: str) -> str:
    plain = code.replace("-", "").replace(" ", "").lower()
    return hashlib.sha256(f"{user.id}\n{plain}".encode(errors="replace")).hexdigest()


def take_second_factor(session: Session, user: User, code: str, secret_key: str, now: datetime) -> bool:
    """Accept a code of the telephone or an unused recovery code, each once."""
    if _take_code(session, user, code, secret_key, now):
        return True
    taken = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user.id,
            RecoveryCode.used_at.is_(None),
            RecoveryCode.code_hash == _hash_code(user, code),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    ).first()
    return taken is not None


def remove_second_factor(session: Session, user: User, actor: str, now: datetime) -> None:
    """Forget the second factor, for a person who lost the telephone and the codes."""
    user.sealed_totp_secret, user.totp_confirmed_at, user.totp_last_period = None, None, 0
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    note(session, user, "second_factor_removed", actor, now)


def count_recovery_codes(session: Session, user: User) -> int:
    """Return how many recovery codes are left."""
    left = select(func.count()).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return session.scalar(left) or 0


@dataclass(frozen=True)
class SquareCode:
    """The picture, and the same secret in letters for those who cannot photograph it."""

    image: str
    letters: str


def square_code(address: str) -> SquareCode:
    secret = parse_qs(urlsplit(address).query)["secret"][0]
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return SquareCode(segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff"), " ".join(groups))
