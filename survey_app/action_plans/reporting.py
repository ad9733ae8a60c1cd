"""Say how far an action is: its owner does, or the agency for them."""

from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.action_plans.editing import MAX_TEXT, refuse_stale
from survey_app.action_plans.history import note_deed
from survey_app.action_plans.lifecycle import start_plan
from survey_app.action_plans.models import PlanAction
from survey_app.action_plans.rules import ENDED, WORKING_STATES
from survey_app.action_plans.vocabulary import ActionState, PlanState
from survey_app.clock import local_day
from survey_app.errors import N_, Invalid, Refusal
from survey_app.validation import clean_text


def report_action(
    session: Session,
    action: PlanAction,
    state: ActionState,
    evidence: str,
    version: int,
    actor: str,
    now: datetime,
) -> PlanAction:
    """Write how far an action is; done needs its proof and dropped its reason, and the first work starts the plan."""
    if action.plan.state not in WORKING_STATES:
        raise Refusal(N_("Actions are reported once the plan is agreed, and until it is done."))
    refuse_stale(action, version)
    written = clean_text(evidence, MAX_TEXT)
    if state in ENDED and not written:
        raise Invalid(
            N_("Say where the proof is (a document, a link, a date), or why it was dropped."), field="evidence"
        )
    action.ended_on = (action.ended_on or local_day(now, action.plan.client.time_zone)) if state in ENDED else None
    action.state, action.evidence = state, written
    action.version, action.changed_by = action.version + 1, actor
    note_deed(session, action.plan, "plan_action_reported", actor, now, action_id=action.id, state=state.value)
    session.flush()
    if action.plan.state is PlanState.AGREED and state is not ActionState.TO_DO:
        start_plan(session, action.plan, actor, now)
    return action
