"""What a plan may be, and how each is called in the reader's language."""

from enum import StrEnum

from survey_app.errors import N_
from survey_app.translation import lazy_gettext


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


STATES = {
    PlanState.DRAFTED: lazy_gettext("In preparation"),
    PlanState.PROPOSED: lazy_gettext("With the client"),
    PlanState.AGREED: lazy_gettext("Agreed"),
    PlanState.UNDER_WAY: lazy_gettext("Under way"),
    PlanState.DONE: lazy_gettext("Done, to be judged"),
    PlanState.SETTLED: lazy_gettext("Judged"),
    PlanState.CLOSED: lazy_gettext("Plan closed"),
}
VERDICTS = {
    Verdict.EFFECTIVE: lazy_gettext("Effective"),
    Verdict.NOT_EFFECTIVE: lazy_gettext("Not effective"),
    Verdict.CANNOT_TELL: lazy_gettext("Cannot tell"),
}
ACTION_STATES = {
    ActionState.TO_DO: lazy_gettext("To do"),
    ActionState.UNDER_WAY: lazy_gettext("Under way"),
    ActionState.DONE: lazy_gettext("Completed"),
    ActionState.DROPPED: lazy_gettext("Dropped"),
}
CAUSES = {
    CauseKind.BRIEF: lazy_gettext("The brief or the expectations"),
    CauseKind.METHOD: lazy_gettext("The way of working"),
    CauseKind.PEOPLE: lazy_gettext("People and skills"),
    CauseKind.MEANS: lazy_gettext("Time, budget or tools"),
    CauseKind.COMMUNICATION: lazy_gettext("Communication between the teams"),
    CauseKind.PARTNER: lazy_gettext("A supplier or partner"),
    CauseKind.OTHER: lazy_gettext("Something else"),
}
OUTCOMES = {
    Outcome.OPEN: lazy_gettext("Waiting for the answer"),
    Outcome.AGREED: lazy_gettext("Agreed by both"),
    Outcome.RETURNED: lazy_gettext("Changes asked for"),
    Outcome.WITHDRAWN: lazy_gettext("Taken back"),
}
CRITERION = N_(
    "“%(line)s” reaches %(level)s out of 10 in wave %(number)s of %(campaign)s, with %(people)s answers at least."
)
AMENDMENT = N_(
    "Amendment %(number)s: %(old)s out of 10 in wave %(old_wave)s with %(old_people)s answers at least "
    "becomes %(new)s in wave %(wave)s with %(people)s."
)
PARTS = {
    "nonconformity": lazy_gettext("What went wrong"),
    "cause": lazy_gettext("Cause"),
    "constraints": lazy_gettext("Constraints"),
    "actors": lazy_gettext("People concerned"),
    "criteria": lazy_gettext("Success criterion"),
    "criterion": lazy_gettext("Success criterion"),
    "phases": lazy_gettext("Phases"),
    "actions": lazy_gettext("Actions"),
}
