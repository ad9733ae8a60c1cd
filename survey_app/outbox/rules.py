"""Pure decisions of the outbox: where a mail belongs, what a relay's reply means, when to try again."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from survey_app.outbox.states import MailState

LEASE = timedelta(minutes=10)
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=4)
JITTER = 0.5
MAX_ATTEMPTS = 24
GIVE_UP_AFTER = timedelta(days=5)
RESEND_AFTER = timedelta(minutes=5)
FIRST_BREAK = timedelta(seconds=30)
LONGEST_BREAK = timedelta(minutes=15)
MAX_ADDRESS = 254
SERVICE_CLOSING = 421
# Bad sender's mailbox syntax and bad sender's system address: 5.1 by number, the sender's fault by meaning.
SENDER_ADDRESS_STATUSES = frozenset({"5.1.7", "5.1.8"})
ENHANCED_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
LINK = re.compile(r"(?i)\b(?:https?://|www\.)\S+")
CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")
PERSONAL_PATH = re.compile(r"/[rapu]/[A-Za-z0-9_.-]{8,}")


class Fate(StrEnum):
    """What became of one attempt to hand a message to the relay."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REFUSED = "refused"
    CUT_EARLY = "cut_early"
    CUT_LATE = "cut_late"
    UNREACHABLE = "unreachable"
    UNSENDABLE = "unsendable"


class Stage(StrEnum):
    """How far a conversation had come when the relay replied or fell silent."""

    ENVELOPE = "envelope"
    SENDER = "sender"
    RECIPIENT = "recipient"
    TEXT = "text"


@dataclass(frozen=True)
class Outcome:
    """One attempt: its fate, the reply code that decided it and the reply's text."""

    fate: Fate
    code: int | None = None
    reply: str = ""

    @property
    def status(self) -> str:
        """Return the enhanced status of the reply (5.1.1), or an empty text where the relay gave none."""
        return enhanced_status(self.reply)


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
    if status.startswith("5.1.") and status not in SENDER_ADDRESS_STATUSES:
        return RefusalKind.ADDRESS_DEAD
    if status.startswith("5.7.") or status in SENDER_ADDRESS_STATUSES:
        return RefusalKind.SENDER_REFUSED
    return RefusalKind.MAILBOX_REFUSES


def mask_links(text: str) -> str:
    """Hide every link and personal path: a relay may quote the message, and logs must not hold a link."""
    return PERSONAL_PATH.sub("/[link]", LINK.sub("[link]", text))


def quotable(text: str) -> str:
    """Return what may be kept of another's words: no link, and no sign that a database refuses."""
    return "".join(sign if sign.isprintable() else " " for sign in mask_links(text))


def has_control_characters(text: str) -> bool:
    """Tell whether a text could smuggle a second header or command into a conversation."""
    return CONTROL_CHARACTER.search(text) is not None


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].strip().lower()[:255]


def refusal_status(summary: str, diagnostic: str) -> str:
    """Choose between a report's summary and what the last relay said: a summary of x.0.0 says nothing."""
    if diagnostic and (not summary or summary.endswith(".0.0")):
        return diagnostic
    return summary or "5.0.0"


def backoff(n_attempts: int, draw: float) -> timedelta:
    """Return the wait before the next attempt: doubled each time, with a jitter that never shortens it.

    The jitter (draw in 0..1) adds at most half of the delay, so that each delay is longer than the one before
    until the longest is reached, and a thousand deferred mails do not come back in the same second.
    """
    doubled: timedelta = FIRST_DELAY * 2 ** min(max(n_attempts, 1) - 1, 16)
    return min(doubled, LONGEST_DELAY) * (1 + JITTER * draw)


def break_length(n_faults: int, draw: float) -> timedelta:
    """Return how long the breaker stays open after this many faults of the relay in a row."""
    doubled: timedelta = FIRST_BREAK * 2 ** min(max(n_faults, 1) - 1, 16)
    return min(doubled, LONGEST_BREAK) * (1 + JITTER * draw)


def has_run_out(n_attempts: int, created_at: datetime, now: datetime) -> bool:
    """Tell whether a mail was tried so often or for so long that only a person can help it."""
    return n_attempts >= MAX_ATTEMPTS or now - created_at >= GIVE_UP_AFTER


def minute_of(now: datetime) -> datetime:
    return now.replace(second=0, microsecond=0)


def allowances(wanted: dict[str, int], sent: dict[str, int], per_minute: int) -> dict[str, int]:
    """Return how many of the wanted mails each domain may still get in this minute."""
    return {domain: max(0, min(n, per_minute - sent.get(domain, 0))) for domain, n in wanted.items()}


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
    n_attempts, n_doubts = history.n_attempts + 1, history.n_doubts
    if outcome.fate is Fate.ACCEPTED:
        return Verdict(MailState.SENT, n_attempts, n_doubts)
    if outcome.fate is Fate.CUT_LATE:
        return doubt(n_attempts, n_doubts + 1, now)
    if outcome.fate in (Fate.REFUSED, Fate.UNSENDABLE):
        return Verdict(MailState.FAILED, n_attempts, n_doubts, reason=outcome.fate.value)
    if outcome.fate is Fate.UNREACHABLE:
        # The relay's trouble burns no attempt; the mail steps aside, so that it cannot be first again at once.
        state = waiting_state(history.n_attempts, n_doubts)
        return Verdict(state, history.n_attempts, n_doubts, now + backoff(1, draw), "relay")
    if has_run_out(n_attempts, history.created_at, now):
        return Verdict(MailState.DEAD, n_attempts, n_doubts, reason="gave_up")
    state = MailState.IN_DOUBT if n_doubts else MailState.DEFERRED
    return Verdict(state, n_attempts, n_doubts, now + backoff(n_attempts, draw), outcome.fate.value)


def doubt(n_attempts: int, n_doubts: int, now: datetime) -> Verdict:
    """Send a doubtful mail once more under the same Message-ID; a second doubt is for a person."""
    due_at = now + RESEND_AFTER if n_doubts == 1 else None
    return Verdict(MailState.IN_DOUBT, n_attempts, n_doubts, due_at, "cut_late")
