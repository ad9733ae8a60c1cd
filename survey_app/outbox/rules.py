"""Pure decisions of the outbox: where a mail stands, what a relay's reply means, when to try again."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LEASE = timedelta(minutes=10)
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=4)
JITTER = 0.5
MAX_ATTEMPTS = 24
GIVE_UP_AFTER = timedelta(days=5)
RESEND_AFTER = timedelta(minutes=5)
FIRST_BREAK = timedelta(seconds=30)
LONGEST_BREAK = timedelta(minutes=15)
SERVICE_CLOSING = 421
# Bad sender's mailbox syntax and bad sender's system address: 5.1 by number, the sender's fault by meaning.
SENDER_ADDRESS_STATUSES = frozenset({"5.1.7", "5.1.8"})
ENHANCED_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
LINK = re.compile(r"(?i)\b(?:https?://|www\.)\S+")
PERSONAL_PATH = re.compile(r"/[rapu]/[A-Za-z0-9_.-]{8,}")


class MailState(StrEnum):
    """Where a mail stands; every mail is in exactly one state, so counts always add up."""

    QUEUED = "queued"
    LEASED = "leased"
    SENT = "sent"
    DEFERRED = "deferred"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    DEAD = "dead"
    CANCELLED = "cancelled"
    SUPPRESSED = "suppressed"
    EXPIRED = "expired"
    HELD = "held"


class WithheldReason(StrEnum):
    """Why a mail that was due is not sent after all."""

    ANSWERED = "answered"
    OPTED_OUT = "opted_out"
    DEAD_ADDRESS = "dead_address"
    ERASED = "erased"
    LATE = "late"
    CANCELLED = "cancelled"
    PAUSED = "paused"


@dataclass(frozen=True)
class Withheld:
    """What a room answers where its mail must not leave any more."""

    reason: WithheldReason

    def state(self, n_doubts: int) -> MailState:
        """Return where the mail stands then; one in doubt may have arrived, and stays for a person to judge."""
        if n_doubts:
            return MailState.IN_DOUBT
        return {
            WithheldReason.LATE: MailState.EXPIRED,
            WithheldReason.CANCELLED: MailState.CANCELLED,
            WithheldReason.PAUSED: MailState.HELD,
        }.get(self.reason, MailState.SUPPRESSED)


class Fate(StrEnum):
    """What became of one attempt to hand a message to the relay."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    CUT_EARLY = "cut_early"
    CUT_LATE = "cut_late"
    UNREACHABLE = "unreachable"
    UNSENDABLE = "unsendable"
    NOT_COMPOSED = "not_composed"


class Stage(StrEnum):
    """How far a conversation had come when the relay replied or fell silent."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    TEXT = "text"


@dataclass(frozen=True)
class Outcome:
    """One attempt: its fate, the reply code that decided it and the reply's text."""

    fate: Fate
    code: int | None = None
    reply: str = ""


def outcome_of_reply(code: int, reply: str, stage: Stage) -> Outcome:
    """Classify a reply: the relay's own troubles blame no message, nor does a refusal of the sender."""
    text = quotable(reply)
    if stage is Stage.TEXT and 200 <= code < 300:
        return Outcome(Fate.ACCEPTED, code, text)
    if stage is Stage.TEXT and not 400 <= code < 600:
        return outcome_of_cut(stage, f"no verdict in the reply: {code} {reply}")
    if code == SERVICE_CLOSING or (stage is Stage.SENDER and code >= 400):
        return Outcome(Fate.UNREACHABLE, code, text)
    return Outcome(Fate.REFUSED if 500 <= code < 600 else Fate.DEFERRED, code, text)


def outcome_of_cut(stage: Stage, why: str) -> Outcome:
    """Classify a silence, a hang-up or a reply that says nothing.

    Once the text has begun, nobody knows whether the relay took it.
    """
    return Outcome(Fate.CUT_LATE if stage is Stage.TEXT else Fate.CUT_EARLY, reply=quotable(why))


def enhanced_status(text: str) -> str:
    found = ENHANCED_STATUS.search(text)
    return found.group(0) if found else ""


class RefusalKind(StrEnum):
    """Whose fault a refusal is: the address, the sender, or a mailbox on a bad day."""

    ADDRESS_DEAD = "address_dead"
    MAILBOX_REFUSES = "mailbox_refuses"
    SENDER_REFUSED = "sender_refused"


def refusal_kind(status: str) -> RefusalKind:
    """Read an enhanced status: 5.1.x names a dead address, 5.7.x the sender's fault, the rest a soft refusal."""
    if status.startswith("5.7.") or status in SENDER_ADDRESS_STATUSES:
        return RefusalKind.SENDER_REFUSED
    return RefusalKind.ADDRESS_DEAD if status.startswith("5.1.") else RefusalKind.MAILBOX_REFUSES


def quotable(text: str) -> str:
    """Return what may be kept of another's words: no link, for a relay may quote the mail, and no control sign."""
    masked = PERSONAL_PATH.sub("/[link]", LINK.sub("[link]", text))
    return "".join(sign if sign.isprintable() else " " for sign in masked)


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].strip().lower()[:255]


def backoff(n_attempts: int, draw: float) -> timedelta:
    """Return the wait before the next attempt: doubled each time, with a jitter (draw in 0..1) that only adds."""
    return _doubled(FIRST_DELAY, n_attempts, LONGEST_DELAY, draw)


def break_length(n_faults: int, draw: float) -> timedelta:
    """Return how long the breaker stays open after this many faults of the relay in a row."""
    return _doubled(FIRST_BREAK, n_faults, LONGEST_BREAK, draw)


def _doubled(first: timedelta, n: int, longest: timedelta, draw: float) -> timedelta:
    doubled: timedelta = first * 2 ** min(max(n, 1) - 1, 16)
    return min(doubled, longest) * (1 + JITTER * draw)


def within_pace(domains: list[str], n_claimed: Mapping[str, int], per_minute: int) -> list[bool]:
    """Tell of each mail whether its domain may still get it in this minute."""
    left = {domain: per_minute - n_claimed.get(domain, 0) for domain in domains}
    allowed = []
    for domain in domains:
        left[domain] -= 1
        allowed.append(left[domain] >= 0)
    return allowed


@dataclass(frozen=True)
class History:
    """What was tried for a mail before this attempt."""

    n_attempts: int
    n_doubts: int
    created_at: datetime


@dataclass(frozen=True)
class Verdict:
    """Where a mail stands after an attempt, and when it may be tried again."""

    state: MailState
    n_attempts: int
    n_doubts: int
    due_at: datetime | None = None
    reason: str = ""


def waiting_state(n_attempts: int, n_doubts: int) -> MailState:
    """Return where a mail waits that was claimed and given back untouched."""
    if n_doubts:
        return MailState.IN_DOUBT
    return MailState.DEFERRED if n_attempts else MailState.QUEUED


def judge(outcome: Outcome, history: History, now: datetime, draw: float) -> Verdict:
    """Decide a mail's state from what became of one attempt."""
    n_attempts, n_doubts, fate = history.n_attempts + 1, history.n_doubts, outcome.fate
    if fate is Fate.ACCEPTED:
        return Verdict(MailState.SENT, n_attempts, n_doubts)
    if fate is Fate.CUT_LATE:
        return doubt(n_attempts, n_doubts + 1, now)
    if fate in (Fate.REFUSED, Fate.UNSENDABLE):
        return Verdict(MailState.FAILED, n_attempts, n_doubts, reason=fate.value)
    if fate is Fate.UNREACHABLE:
        # The relay's trouble burns no attempt; the mail steps aside, so that it cannot be first again at once.
        state = waiting_state(history.n_attempts, n_doubts)
        return Verdict(state, history.n_attempts, n_doubts, now + backoff(1, draw), "relay")
    if n_attempts >= MAX_ATTEMPTS or now - history.created_at >= GIVE_UP_AFTER:
        return Verdict(MailState.DEAD, n_attempts, n_doubts, reason="gave_up")
    return Verdict(waiting_state(1, n_doubts), n_attempts, n_doubts, now + backoff(n_attempts, draw), fate.value)


def doubt(n_attempts: int, n_doubts: int, now: datetime, reason: str = "cut_late") -> Verdict:
    """Send a doubtful mail once more under the same Message-ID; a second doubt is for a person."""
    due_at = now + RESEND_AFTER if n_doubts == 1 else None
    return Verdict(MailState.IN_DOUBT, n_attempts, n_doubts, due_at, reason)
