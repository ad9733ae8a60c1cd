"""Move a plan along: report its actions, start it, finish it, close it, reopen it; each move leaves its row."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.action_plans.editing import MAX_TEXT, refuse_stale
from survey_app.action_plans.models import ActionPlan, PlanAction
from survey_app.action_plans.queries import last_closed_number
from survey_app.action_plans.rules import ENDED, WORKING_STATES, check_move, seal_criteria
from survey_app.action_plans.service import criterion_of, move, note_change, note_deed, revoke_links
from survey_app.action_plans.vocabulary import ActionState, LinkPurpose, PlanState
from survey_app.clock import local_day
from survey_app.errors import N_, Invalid, Refusal
from survey_app.validation import clean_text


def move_all(session: Session, plan: ActionPlan, to: PlanState, actor: str, now: datetime, note: str = "") -> None:
    """Move a plan with the lines that it covers; a line that has its verdict already stays where it is."""
    was = plan.state
    for line in plan.lines:
        if line is plan or line.state is was:
            move(session, line, to, actor, now, note=note)


def refuse_covered(plan: ActionPlan) -> None:
    if plan.leader is not None:
        raise Refusal(N_("This line is handled in another plan. Work on that one."))


def check_ready(plan: ActionPlan) -> None:
    """Refuse to propose what the client could not judge: a plan needs a cause, an action and its criterion."""
    refuse_covered(plan)
    missing = [
        (not plan.nonconformity, N_("Write what went wrong before you propose the plan.")),
        (not plan.cause, N_("Write the cause before you propose the plan.")),
        (not plan.actions, N_("Add at least one action before you propose the plan.")),
    ]
    for is_missing, sentence in missing:
        if is_missing:
            raise Refusal(sentence)


def seal_lines(plan: ActionPlan, now: datetime) -> None:
    """Seal the success criterion of every line, before any work starts."""
    for line in plan.lines:
        if line.verdict is None:
            line.sealed_at, line.seal = now, seal_criteria([criterion_of(line)])


def start_plan(session: Session, plan: ActionPlan, actor: str, now: datetime) -> None:
    refuse_covered(plan)
    move_all(session, plan, PlanState.UNDER_WAY, actor, now)


def finish_plan(session: Session, plan: ActionPlan, actor: str, now: datetime) -> None:
    """Call the work done: every action has ended, each with its proof."""
    refuse_covered(plan)
    check_move(plan.state, PlanState.DONE)
    _refuse_unproven(plan)
    move_all(session, plan, PlanState.DONE, actor, now)


def _refuse_unproven(plan: ActionPlan) -> None:
    for action in (plan.leader or plan).actions:
        if action.state not in ENDED or not action.evidence:
            raise Refusal(
                N_("“%(title)s” has no proof yet. Report it done with its proof, or dropped with the reason."),
                title=action.title,
            )


def close_plan(session: Session, plan: ActionPlan, note: str, actor: str, now: datetime) -> None:
    """Close a plan: judged by a wave, with the proof of each action; without a verdict it takes a reason."""
    check_move(plan.state, PlanState.CLOSED)
    written = clean_text(note, MAX_TEXT)
    if plan.verdict is None and not written:
        raise Invalid(N_("No wave has judged this plan. Say why none will, then close it."), field="note")
    _refuse_unproven(plan)
    move(session, plan, PlanState.CLOSED, actor, now, note=written)
    # The signatory's link stays: they may read what became of what they signed.
    revoke_links(session, plan, LinkPurpose.ACT, now)


def reopen_plan(session: Session, plan: ActionPlan, note: str, actor: str, now: datetime) -> None:
    """Reopen a plan that did not prove itself: its verdict stays in the history, and a later wave judges anew.

    The line's new breach, if there is one, is handled in the reopened plan: a line is worked on in one place.
    """
    written = clean_text(note, MAX_TEXT)
    if not written:
        raise Invalid(N_("Say why the plan is reopened: it stays in its history."), field="note")
    check_move(plan.state, PlanState.DRAFTED)
    settled_by, next_number = plan.settled_by_wave_id, last_closed_number(session, plan.judging_campaign_id) + 1
    plan.verdict, plan.verdict_reason, plan.settled_by_wave_id = None, "", None
    plan.sealed_at, plan.seal, plan.judging_wave_number = None, None, next_number
    # A line that another plan covered is worked on alone from now on: the other plan is over, or goes its own way.
    plan.leader = None
    move(session, plan, PlanState.DRAFTED, actor, now, note=written)
    _adopt_new_breach(session, plan, settled_by)
    note_change(plan, actor, now)
    session.flush()


def _adopt_new_breach(session: Session, plan: ActionPlan, wave_id: int | None) -> None:
    fresh = session.scalar(
        select(ActionPlan).where(
            ActionPlan.wave_id == wave_id,
            ActionPlan.indicator_key == plan.indicator_key,
            ActionPlan.state == PlanState.DRAFTED,
            ActionPlan.leader_id.is_(None),
            ActionPlan.id != plan.id,
        )
    )
    if fresh is not None and not fresh.actions and not fresh.covered:
        fresh.leader = plan


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
