"""Count attempts in the database, so that every process knows of all of them."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from survey_app.accounts.models import AttemptCount

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
