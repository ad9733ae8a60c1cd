"""The words for what a plan may be, in the reader's language."""

from survey_app.action_plans.vocabulary import ActionState, CauseKind, Outcome, PlanState, Verdict
from survey_app.catalogue.vocabulary import OBLIGORS as OBLIGORS
from survey_app.errors import N_
from survey_app.translation import lazy_gettext

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
