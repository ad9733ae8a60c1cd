"""Where a mail stands."""

from enum import StrEnum


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
