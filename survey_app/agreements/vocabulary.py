"""The words of an agreement: who owes, how it is measured, where a version stands."""

from enum import StrEnum

from survey_app.catalogue.vocabulary import Measure as Measure
from survey_app.catalogue.vocabulary import Obligor as Obligor


class VersionState(StrEnum):
    DRAFT = "draft"
    PROPOSED = "proposed"
    VALIDATED = "validated"
    SUPERSEDED = "superseded"
    ENDED = "ended"


class Direction(StrEnum):
    """Whether a greater fact is a better one."""

    UP = "up"
    DOWN = "down"


class Frequency(StrEnum):
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    CAMPAIGN_REVIEW = "campaign_review"
    CONTRACT = "contract"


class Decision(StrEnum):
    """What the client's signatory says of one line."""

    ACCEPT = "accept"
    COUNTER = "counter"
    STRIKE = "strike"


class RoundOutcome(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


class Settlement(StrEnum):
    """What the agency did with a counter-proposal."""

    APPLIED = "applied"
    DECLINED = "declined"
