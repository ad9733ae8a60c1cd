"""Decide what a mail of a wave may say, and whether it may still leave."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

PLACEHOLDERS = ("agency", "client", "campaign", "wave", "deadline", "name")
KINDS = ("invitation", "reminder")
MAX_SUBJECT = 200
MAX_MESSAGE = 4000
BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Wording:
    """Subject and message with named placeholders; blank lines part the paragraphs."""

    subject: str
    message: str

    def unknown_placeholders(self) -> list[str]:
        return unknown_placeholders(f"{self.subject}\n{self.message}")

    def filled(self, values: Mapping[str, str]) -> "Wording":
        subject = " ".join(fill(self.subject, values).split())
        return Wording(subject, fill(self.message, values))

    def paragraphs(self) -> list[str]:
        return [part.strip() for part in re.split(r"\r?\n\s*\n", self.message) if part.strip()]


def unknown_placeholders(text: str, known: Collection[str] = PLACEHOLDERS) -> list[str]:
    """List what stands in braces and is no placeholder; a brace alone is one too many."""
    wrong = [found.group(0) for found in BRACES.finditer(text) if found.group(1) not in known]
    rest = BRACES.sub("", text)
    return list(dict.fromkeys([*wrong, *(brace for brace in "{}" if brace in rest)]))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values in, once: a brace inside a value stays a brace."""
    return BRACES.sub(lambda found: values.get(found.group(1), found.group(0)), text)


@dataclass(frozen=True)
class Addressee:
    """What decides at the moment of sending whether a person is still to be written to."""

    is_revoked: bool
    has_answered: bool
    has_refused: bool
    has_opted_out: bool
    is_dead_address: bool
    is_wave_open: bool
    ends_at: datetime


def withheld_reason(addressee: Addressee, now: datetime) -> str | None:
    """Tell why a mail must not leave any more, or None where it may."""
    reasons: Sequence[tuple[bool, str]] = (
        (addressee.is_revoked, "cancelled"),
        (addressee.has_answered, "answered"),
        (addressee.has_refused or addressee.has_opted_out, "opted_out"),
        (addressee.is_dead_address, "dead_address"),
        (not addressee.is_wave_open, "cancelled"),
        (now >= addressee.ends_at, "late"),
    )
    return next((reason for holds, reason in reasons if holds), None)
