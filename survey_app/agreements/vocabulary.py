"""The words of an agreement: who owes, how it is measured, where a version stands."""

from enum import StrEnum

from survey_app.catalogue.vocabulary import MEASURES as MEASURES
from survey_app.catalogue.vocabulary import OBLIGORS as OBLIGORS
from survey_app.catalogue.vocabulary import PRINTED_MEASURES as PRINTED_MEASURES
from survey_app.catalogue.vocabulary import THEMES as THEMES
from survey_app.catalogue.vocabulary import Measure as Measure
from survey_app.catalogue.vocabulary import Obligor as Obligor
from survey_app.translation import lazy_gettext


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


class SanctionFlag(StrEnum):
    NO_HEADROOM = "no_headroom"
    OTHER_PARTY = "other_party"
    FEW_RESPONDENTS = "few_respondents"
    NO_BASELINE = "no_baseline"


STATES = {
    VersionState.DRAFT: lazy_gettext("Draft"),
    VersionState.PROPOSED: lazy_gettext("With the client"),
    VersionState.VALIDATED: lazy_gettext("In force"),
    VersionState.SUPERSEDED: lazy_gettext("Replaced"),
    VersionState.ENDED: lazy_gettext("Ended"),
}
DIRECTIONS = {
    Direction.UP: lazy_gettext("The more, the better"),
    Direction.DOWN: lazy_gettext("The less, the better"),
}
FREQUENCIES = {
    Frequency.MONTHLY: lazy_gettext("Every month"),
    Frequency.QUARTERLY: lazy_gettext("Every quarter"),
    Frequency.HALF_YEARLY: lazy_gettext("Every half-year"),
    Frequency.YEARLY: lazy_gettext("Every year"),
    Frequency.CAMPAIGN_REVIEW: lazy_gettext("After each campaign"),
    Frequency.CONTRACT: lazy_gettext("For the length of the contract"),
}
DECISIONS = {
    Decision.ACCEPT: lazy_gettext("I accept"),
    Decision.COUNTER: lazy_gettext("I propose something else"),
    Decision.STRIKE: lazy_gettext("I strike this line"),
}
OUTCOMES = {
    RoundOutcome.OPEN: lazy_gettext("Waiting for the client"),
    RoundOutcome.ANSWERED: lazy_gettext("Answered with changes"),
    RoundOutcome.ACCEPTED: lazy_gettext("Accepted"),
    RoundOutcome.WITHDRAWN: lazy_gettext("Taken back"),
}
SETTLEMENTS = {
    Settlement.APPLIED: lazy_gettext("Applied to the draft"),
    Settlement.DECLINED: lazy_gettext("Declined"),
}
UNITS = {
    "note_10": lazy_gettext("Mark out of ten"),
    "percent": lazy_gettext("Percentage"),
    "count": lazy_gettext("Number"),
    "ratio": lazy_gettext("Ratio"),
    "evidence": lazy_gettext("Document"),
}
FLAGS = {
    SanctionFlag.NO_HEADROOM: lazy_gettext("no headroom: only near-perfection pays"),
    SanctionFlag.OTHER_PARTY: lazy_gettext("it depends on the other party"),
    SanctionFlag.FEW_RESPONDENTS: lazy_gettext("it rests on fewer than three respondents"),
    SanctionFlag.NO_BASELINE: lazy_gettext("it has no baseline yet"),
}
FIELDS = {
    "title": lazy_gettext("Title"),
    "starts_on": lazy_gettext("First day"),
    "ends_on": lazy_gettext("Last day"),
    "rounding_digits": lazy_gettext("Decimals printed"),
    "bonus_scheme": lazy_gettext("Scale of the variable pay"),
    "role_shares": lazy_gettext("Part of each role in the scores"),
    "obligor": lazy_gettext("Who owes it"),
    "measure": lazy_gettext("How it is measured"),
    "direction": lazy_gettext("Direction"),
    "frequency": lazy_gettext("How often"),
    "objective": lazy_gettext("Objective"),
    "objective_on": lazy_gettext("Date of the objective"),
    "threshold": lazy_gettext("Threshold"),
    "target": lazy_gettext("Target"),
    "weight": lazy_gettext("Weight"),
    "survey_share": lazy_gettext("Survey's share"),
    "conversion": lazy_gettext("Conversion table"),
    "parameters": lazy_gettext("What the parties settled"),
    "written_measure": lazy_gettext("Measure written by the parties"),
    "accountable": lazy_gettext("Accountable for the facts"),
    "sanction_acceptance": lazy_gettext("Why both parties accept it"),
    "is_paying": lazy_gettext("It moves money"),
    "definition": lazy_gettext("Wording of the indicator"),
}
