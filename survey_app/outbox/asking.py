"""Ask the rooms above whether a mail may still leave, and what it says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row
from sqlalchemy.orm import Session

from survey_app.clock import stopwatch
from survey_app.outbox.composition import (
    ComposedEmail,
    Composers,
    FarSighted,
    Fingerprint,
    Reading,
    Withheld,
    WithheldReason,
)
from survey_app.outbox.models import OutgoingEmail

FRESH_SECONDS = 1.0
MAILS_AT_A_GLANCE = 20


@dataclass(frozen=True)
class Proof:
    """What was read before a mail was written: it is begun only where the same would be read again."""

    fingerprint: Fingerprint
    text: str


@dataclass(frozen=True)
class Answer:
    """What a composer said of a mail, and from what it knew when."""

    said: ComposedEmail | Withheld
    asked_at: float
    proof: Proof | None = None


@dataclass(frozen=True)
class _Glance:
    """What one journey to the database brought back about the next mails."""

    asked_for: frozenset[int]
    readings: Mapping[int, Reading]
    asked_at: float


_NOTHING_SEEN = _Glance(frozenset(), {}, 0.0)


def is_fresh(asked_at: float) -> bool:
    return stopwatch() - asked_at <= FRESH_SECONDS


class Asker:
    """Asks for one connection's mails; a far-sighted composer is asked about several of them at a time."""

    def __init__(self, composers: Composers) -> None:
        self._composers = composers
        self._glance = _NOTHING_SEEN

    def forget(self) -> None:
        """Look again before the next mail: something is not any more as it was seen."""
        self._glance = _NOTHING_SEEN

    def ask(self, session: Session, mails: Sequence[Row[Any]], now: datetime) -> Answer:
        """Ask about the first of these mails; the others are those that will be asked about next."""
        # A row is read like a mail, and a composer changes nothing.
        mail = cast(OutgoingEmail, mails[0])
        asked_at = stopwatch()
        if mail.expires_at is not None and mail.expires_at <= now:
            return Answer(Withheld(WithheldReason.LATE), asked_at)
        composer = self._composers[mail.kind]
        if not isinstance(composer, FarSighted):
            return Answer(composer(session, mail, now), asked_at)
        if mail.id not in self._glance.asked_for or not is_fresh(self._glance.asked_at):
            coming = (cast(OutgoingEmail, each) for each in mails[:MAILS_AT_A_GLANCE])
            alike = [each for each in coming if self._composers.get(each.kind) is composer]
            readings = composer.look(session, alike)
            self._glance = _Glance(frozenset(each.id for each in alike), readings, asked_at)
        reading = self._glance.readings.get(mail.id)
        return Answer(
            composer.write(session, mail, reading, now),
            self._glance.asked_at,
            Proof(composer.fingerprint, reading.fingerprint) if reading else None,
        )
