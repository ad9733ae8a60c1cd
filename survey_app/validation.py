"""What text may enter the database: the same on SQLite and PostgreSQL, whoever brings it."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext
from wtforms.validators import StopValidation

from survey_app.errors import N_, Invalid

MAX_EMAIL = 254
# Beyond these no agreement, wave or document of ours stands, and counting days on from 9999 fails.
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2099, 12, 31)
MAX_KEY = 64
KEY_PATTERN = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
COLOUR_PATTERN = re.compile(r"#[0-9a-f]{6}")
MIN_CONTRAST = 4.5
WHITE = "#ffffff"

# Signs that take no place on a screen and come along when text is copied from a mail or a page; the two joiners have
# a use inside other scripts and emoji, and none beside a Latin letter.
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
    "|[\u200c\u200d](?=[\x00-\u024f]|$)|(?<![^\x00-\u024f])[\u200c\u200d]"
)
# Marks that reverse the direction of the text make one name look like another.
_DIRECTION_MARKS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# No spreadsheet and no XML document may hold these two.
_NONCHARACTERS = frozenset("\ufffe\uffff")
_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})


def _is_forbidden(character: str) -> bool:
    return (
        unicodedata.category(character) in _FORBIDDEN_CATEGORIES
        or character in _DIRECTION_MARKS
        or character in _NONCHARACTERS
    )


def _refuse_hidden_characters(text: str, allowed: str) -> None:
    for character in text:
        if character not in allowed and _is_forbidden(character):
            raise Invalid(
                N_("The text holds a character that cannot be shown (%(code)s). Remove it or type it again."),
                code=f"U+{ord(character):04X}",
            )


def _refuse_over_length(text: str, max_length: int) -> None:
    if len(text) > max_length:
        raise Invalid(
            N_("The text has %(length)s characters and may have %(max)s. Shorten it."),
            length=len(text),
            max=max_length,
        )


def clean_line(text: str, max_length: int) -> str:
    """Return one line of text, trimmed, or refuse what one of the two databases would refuse or cut."""
    line = unicodedata.normalize("NFC", text).strip()
    _refuse_hidden_characters(line, "")
    _refuse_over_length(line, max_length)
    return line


def clean_text(text: str, max_length: int) -> str:
    """Return text of several lines with plain line ends, under the same rules as a single line."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").strip()
    _refuse_hidden_characters(lines, "\n\t")
    _refuse_over_length(lines, max_length)
    return lines


def check_day(day: date) -> date:
    """Return a day of our times, or refuse one that is a slip of the keyboard."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Invalid(N_("Choose a day from %(first)s to %(last)s."), first=FIRST_DAY, last=LAST_DAY)
    return day


def clean_email(text: str) -> str:
    """Return the one way to write an address: trimmed, small letters, its domain in ASCII.

    The domain is not looked up: a name server that is down must not refuse a contact. Reserved names
    such as agence.test stay possible for rehearsals.
    """
    line = clean_line(INVISIBLE.sub("", text), MAX_EMAIL)
    try:
        found = validate_email(line, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        raise Invalid(
            N_("“%(address)s” is not an e-mail address. Write it like name@company.com, without accents."),
            address=line[:80],
        ) from None
    return (found.ascii_email or found.normalized).lower()


def clean_key(text: str) -> str:
    """Return a stable identifier: small letters, digits and hyphens, as it appears in addresses."""
    key = clean_line(text, MAX_KEY).lower()
    if not KEY_PATTERN.fullmatch(key):
        raise Invalid(
            N_("“%(key)s” is no identifier. Use small letters, digits and hyphens, like maison-durand."),
            key=key,
        )
    return key


def suggest_key(name: str) -> str:
    """Return the identifier that a name suggests: Société Durand & Fils gives societe-durand-fils."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_KEY].strip("-")


@cache
def zone_names() -> frozenset[str]:
    """Return the place names of the time zones, without the historical abbreviations."""
    places = (name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))
    return frozenset(places) | {"UTC"}


def clean_zone(text: str) -> str:
    name = clean_line(text, MAX_KEY)
    if name not in zone_names():
        raise Invalid(N_("“%(zone)s” is not a time zone. Write it like Europe/Paris or America/New_York."), zone=name)
    return name


def _luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast_ratio(colour: str, other: str = WHITE) -> float:
    """Return the contrast of two colours as WCAG 2.2 measures it, from 1 to 21."""
    lighter, darker = sorted((_luminance(colour), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def clean_colour(text: str) -> str:
    """Return an accent colour that white text can be read on: at least 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    colour = clean_line(text, 7).lower()
    if not COLOUR_PATTERN.fullmatch(colour):
        raise Invalid(N_("“%(colour)s” is not a colour. Write it like #1d4ed8."), colour=colour)
    if contrast_ratio(colour) < MIN_CONTRAST:
        raise Invalid(
            N_("White text is hard to read on %(colour)s (a contrast under 4.5 to 1). Choose a darker one."),
            colour=colour,
        )
    return colour


class _Clean:
    """A WTForms validator that leaves the cleaned text in the field, or the refusal beside it."""

    field_flags: Mapping[str, object] = MappingProxyType({})

    def clean(self, text: str) -> str:
        raise NotImplementedError

    def __call__(self, _form: Any, field: Any) -> None:
        try:
            field.data = self.clean(field.data or "")
        except Invalid as refusal:
            raise StopValidation(gettext(refusal.message, **refusal.values)) from None


class CleanLine(_Clean):
    def __init__(self, max_length: int) -> None:
        self.max_length = max_length
        self.field_flags = {"maxlength": max_length}

    def clean(self, text: str) -> str:
        return clean_line(text, self.max_length)


class CleanText(_Clean):
    def __init__(self, max_length: int) -> None:
        self.max_length = max_length
        self.field_flags = {"maxlength": max_length}

    def clean(self, text: str) -> str:
        return clean_text(text, self.max_length)


class Email(_Clean):
    def clean(self, text: str) -> str:
        return clean_email(text) if text.strip() else ""


class Key(_Clean):
    def clean(self, text: str) -> str:
        return clean_key(text) if text.strip() else ""


class Zone(_Clean):
    def clean(self, text: str) -> str:
        return clean_zone(text)


class Colour(_Clean):
    def clean(self, text: str) -> str:
        return clean_colour(text)
