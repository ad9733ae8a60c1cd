"""Keep passwords as argon2id, and compare in the same time whether the account exists or not."""

import hashlib
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

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
