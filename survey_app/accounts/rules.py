"""What makes a password, a second factor and a way back acceptable."""

from datetime import datetime
from urllib.parse import urlsplit

import pyotp

from survey_app.accounts.access import Role
from survey_app.errors import N_, Invalid

MIN_PASSWORD = 14
MAX_PASSWORD = 256
TOTP_SECONDS = 30
SENSITIVE_ROLES = frozenset({Role.ADMINISTRATOR, Role.QUALITY_LEAD})


def check_password(password: str, email: str) -> None:
    """Ask for length and refuse what is tried first; rules on signs only make people write it down."""
    if len(password) < MIN_PASSWORD:
        raise Invalid(
            N_("The password has %(length)s characters and needs %(min)s. A sentence is easy to keep."),
            field="password",
            length=len(password),
            min=MIN_PASSWORD,
        )
    if len(password) > MAX_PASSWORD:
        raise Invalid(N_("The password may have %(max)s characters at most."), field="password", max=MAX_PASSWORD)
    if len(set(password)) < 5 or password.strip().lower() == email:
        raise Invalid(N_("This password is too easy to guess. Choose a sentence of your own."), field="password")


def must_have_second_factor(role: Role) -> bool:
    """Leads and administrators launch, close and grant: a stolen password must not be enough."""
    return role in SENSITIVE_ROLES


def matching_period(secret: str, code: str, now: datetime, last_period: int) -> int | None:
    """Return the period that the code belongs to: this one or a neighbour, later than the last one used."""
    digits = "".join(character for character in code if character.isascii() and character.isdigit())
    totp = pyotp.TOTP(secret, interval=TOTP_SECONDS)
    current = int(now.timestamp()) // TOTP_SECONDS
    for period in (current, current - 1, current + 1):
        if period > last_period and pyotp.utils.strings_equal(totp.generate_otp(period), digits):
            return period
    return None


def local_target(target: str | None) -> str | None:
    """Return where to go after signing in, if it is a place of ours: a path, never another site."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return None
    if any(ord(character) < 33 or ord(character) == 127 for character in target):
        return None
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else None
