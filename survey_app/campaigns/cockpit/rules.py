"""Decide where each person stands; marks stay hidden until the wave is closed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

STANDINGS = ("queued", "sent", "in_doubt", "bounced", "opted_out", "started", "done")
# Those who have not answered and still may.
MISSING = frozenset({"queued", "sent", "in_doubt", "bounced", "started"})
NOT_LEFT_YET = frozenset({"queued", "leased", "deferred", "held"})
UNDELIVERABLE = frozenset({"failed", "dead"})
MIN_BETWEEN_REMINDERS = timedelta(hours=20)


@dataclass(frozen=True)
class Mailing:
    """What became of the last mail to a person."""

    state: str
    has_bounced: bool


@dataclass(frozen=True)
class Progress:
    """What is known of a person's answer, without its content."""

    has_answered: bool
    has_started: bool
    has_opted_out: bool
    is_dead_address: bool


def standing(progress: Progress, mailing: Mailing | None) -> str:
    """Tell in one word where a person stands; what the person did outweighs what the mail did."""
    if progress.has_answered:
        return "done"
    if progress.has_opted_out:
        return "opted_out"
    if progress.has_started:
        return "started"
    is_lost = mailing is not None and (mailing.has_bounced or mailing.state in UNDELIVERABLE)
    if progress.is_dead_address or is_lost:
        return "bounced"
    return _mail_standing(mailing.state if mailing else "queued")


def _mail_standing(state: str) -> str:
    if state == "in_doubt":
        return "in_doubt"
    return "queued" if state in NOT_LEFT_YET else "sent"


def count_standings(standings: Iterable[str]) -> dict[str, int]:
    """Count every standing, the empty ones too: the counts add up to the population."""
    counted = Counter(standings)
    return {name: counted[name] for name in STANDINGS}


def may_nudge(one_standing: str, reminded_at: datetime | None, now: datetime) -> bool:
    """Tell whether a person may be reminded by hand: missing, reached, and not already today."""
    if one_standing not in ("sent", "started"):
        return False
    return reminded_at is None or now - reminded_at >= MIN_BETWEEN_REMINDERS
