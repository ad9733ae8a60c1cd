"""The words of a plan: where it stands, why the mark fell, what became of an action, what the wave said."""

from enum import StrEnum


class PlanState(StrEnum):
    DRAFTED = "drafted"
    PROPOSED = "proposed"
    AGREED = "agreed"
    UNDER_WAY = "under_way"
    DONE = "done"
    SETTLED = "settled"
    CLOSED = "closed"


class Verdict(StrEnum):
    EFFECTIVE = "effective"
    NOT_EFFECTIVE = "not_effective"
    CANNOT_TELL = "cannot_tell"


class ActionState(StrEnum):
    TO_DO = "to_do"
    UNDER_WAY = "under_way"
    DONE = "done"
    DROPPED = "dropped"


class CauseKind(StrEnum):
    """What kind of thing went wrong, so that a year of plans can be read together."""

    BRIEF = "brief"
    METHOD = "method"
    PEOPLE = "people"
    MEANS = "means"
    COMMUNICATION = "communication"
    PARTNER = "partner"
    OTHER = "other"


class LinkPurpose(StrEnum):
    """What a personal link to a plan lets its holder do."""

    SIGN = "sign"
    ACT = "act"


class Outcome(StrEnum):
    """What became of something that waits for the client."""

    OPEN = "open"
    AGREED = "agreed"
    RETURNED = "returned"
    WITHDRAWN = "withdrawn"
