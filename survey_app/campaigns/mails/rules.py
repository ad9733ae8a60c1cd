"""Decide what a mail of a wave may say, and whether it may still leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from survey_app.clients.rules import MAX_MESSAGE as MAX_MESSAGE
from survey_app.clients.rules import MAX_SUBJECT as MAX_SUBJECT
from survey_app.clients.rules import PLACEHOLDERS_OF as PLACEHOLDERS_OF
from survey_app.clients.rules import Wording as Wording
from survey_app.clients.rules import fill as fill
from survey_app.clients.rules import unknown_placeholders as unknown_placeholders

KINDS = ("invitation", "reminder")


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
