"""Pure decisions of the outbox: where a mail stands, what a relay's reply means, when to try again."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from survey_app.logs import mask_personal_paths

LEASE = timedelta(minutes=10)
FIRST_DELAY = timedelta(minutes=1)
LONGEST_DELAY = timedelta(hours=4)
JITTER = 0.5
MAX_ATTEMPTS = 24
GIVE_UP_AFTER = timedelta(days=5)
RESEND_AFTER = timedelta(minutes=5)
# The relay rests for the first after a fault, for twice as long after the next, and never for more than the second.
BREAK = (timedelta(seconds=30), timedelta(minutes=15))
SERVICE_CLOSING = 421
LINK = re.compile(r"(?i)\b(?:https?://|www\.)\S+")


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


# Where a mail stands that its room withholds for one of these reasons; for any other it is suppressed.
WITHHELD_STATES = {"late": MailState.EXPIRED, "cancelled": MailState.CANCELLED, "paused": MailState.HELD}


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
    WITHHELD = "withheld"


SETTLED_STATES = {Fate.ACCEPTED: MailState.SENT, Fate.REFUSED: MailState.FAILED, Fate.UNSENDABLE: MailState.FAILED}
# How far a conversation had come when the relay replied or fell silent.
Stage = Literal["sender", "recipient", "text"]
CUTS: dict[Stage, Fate] = {"sender": Fate.UNREACHABLE, "recipient": Fate.CUT_EARLY, "text": Fate.CUT_LATE}


@dataclass(frozen=True)
class Outcome:
    """One attempt: its fate, the reply code that decided it and the reply's text, or why no relay was asked."""

    fate: Fate
    code: int | None = None
    reply: str = ""


def outcome_of_reply(code: int, reply: str, stage: Stage) -> Outcome:
    """Classify a reply: the relay's own troubles blame no message, nor does a refusal of the sender."""
    if stage == "text" and not 400 <= code < 600:
        is_taken = 200 <= code < 300
        return Outcome(Fate.ACCEPTED, code, quotable(reply)) if is_taken else outcome_of_cut(stage, f"{code} {reply}")
    if code == SERVICE_CLOSING or (stage == "sender" and code >= 400):
        return Outcome(Fate.UNREACHABLE, code, quotable(reply))
    return Outcome(Fate.REFUSED if 500 <= code < 600 else Fate.DEFERRED, code, quotable(reply))


def outcome_of_cut(stage: Stage, why: object) -> Outcome:
    """Classify a silence, a hang-up or a reply that says nothing: once the text has begun, the relay may have it."""
    return Outcome(CUTS[stage], reply=quotable(why))


def quotable(told: object) -> str:
    """Return what may be kept of another's words: no link, for a relay may quote the mail, and no control sign."""
    text = f"{type(told).__name__}: {told}" if isinstance(told, Exception) else str(told)
    masked = mask_personal_paths(LINK.sub("[link]", text))
    return "".join(sign if sign.isprintable() else " " for sign in masked)


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].strip().lower()[:255]


def backoff(n: int, draw: float, first: timedelta = FIRST_DELAY, longest: timedelta = LONGEST_DELAY) -> timedelta:
    """Return a wait that doubles each time up to the longest, with a jitter (draw in 0..1) that only adds."""
    return min(first * int(2 ** min(max(n, 1) - 1, 16)), longest) * (1 + JITTER * draw)


@dataclass(frozen=True)
class Verdict:
    """Where a mail stands after an attempt, and when it may be tried again."""

    state: MailState
    n_attempts: int
    n_doubts: int
    due_at: datetime | None = None
    reason: str = ""


def waiting(n_attempts: int, n_doubts: int, due_at: datetime, reason: str) -> Verdict:
    """Return where a mail waits that was tried so often; a doubt stays one until it is settled."""
    state = MailState.IN_DOUBT if n_doubts else MailState.DEFERRED if n_attempts else MailState.QUEUED
    return Verdict(state, n_attempts, n_doubts, due_at, reason)


def doubtful(n_attempts: int, n_doubts: int, now: datetime, reason: str) -> Verdict:
    """Send a doubtful mail once more under the same Message-ID; a second doubt is for a person."""
    due_at = None if n_doubts else now + RESEND_AFTER
    return Verdict(MailState.IN_DOUBT, n_attempts + 1, n_doubts + 1, due_at, reason)


def let_go(is_begun: bool, n_attempts: int, n_doubts: int, now: datetime, reason: str) -> Verdict:
    """Decide where a mail stands whose worker did not settle it: what it had begun may have reached the relay."""
    tried = (n_attempts, n_doubts, now)
    return doubtful(*tried, "worker_lost") if is_begun else waiting(*tried, reason)


def judge(outcome: Outcome, n_attempts: int, n_doubts: int, age: timedelta, now: datetime, draw: float) -> Verdict:
    """Decide where a mail stands from what became of this attempt and what was tried before it."""
    fate = outcome.fate
    tried = (n_attempts + 1, n_doubts)
    if fate is Fate.WITHHELD:
        # One in doubt may have arrived, and stays for a person to judge.
        state = MailState.IN_DOUBT if n_doubts else WITHHELD_STATES.get(outcome.reply, MailState.SUPPRESSED)
        return Verdict(state, n_attempts, n_doubts, reason=outcome.reply)
    if fate is Fate.CUT_LATE:
        return doubtful(n_attempts, n_doubts, now, fate.value)
    if fate is Fate.UNREACHABLE:
        # The relay's trouble burns no attempt; the mail steps aside, so that it cannot be first again at once.
        return waiting(n_attempts, n_doubts, now + backoff(1, draw), "relay")
    if fate in SETTLED_STATES:
        return Verdict(SETTLED_STATES[fate], *tried, reason="" if fate is Fate.ACCEPTED else fate.value)
    if n_attempts + 1 >= MAX_ATTEMPTS or age >= GIVE_UP_AFTER:
        return Verdict(MailState.DEAD, *tried, reason="gave_up")
    return waiting(*tried, now + backoff(n_attempts + 1, draw), fate.value)
