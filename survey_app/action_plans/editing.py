"""Write a plan: what went wrong and why, its criterion, its phases and its actions."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from survey_app.action_plans.models import ActionPlan, FeedbackLetter, PlanAction, PlanPhase
from survey_app.action_plans.queries import Owner, last_closed_number
from survey_app.action_plans.rules import OPEN_STATES, Criterion, check_criterion, check_period
from survey_app.action_plans.service import apply_criterion, note_change, note_deed
from survey_app.action_plans.vocabulary import ActionState, CauseKind, PlanState
from survey_app.agreements.models import Obligor
from survey_app.errors import N_, Invalid, Refusal
from survey_app.validation import clean_line, clean_text

MAX_TEXT = 5000
MAX_COST = Decimal(1_000_000_000)


class EditedMeanwhile(Refusal):
    """Somebody else saved first; the page shows what they wrote beside what was typed."""

    status = 409


@dataclass(frozen=True)
class PlanText:
    """What people write about the plan itself."""

    nonconformity: str = ""
    cause: str = ""
    cause_kind: CauseKind | None = None
    constraints: str = ""
    actors: str = ""


@dataclass(frozen=True)
class ActionText:
    """What people write about one action."""

    title: str
    party: Obligor
    owner: Owner
    due_on: date
    starts_on: date | None = None
    phase_id: int | None = None
    cost: Decimal | None = None


def refuse_stale(thing: ActionPlan | PlanAction | PlanPhase | FeedbackLetter, version: int) -> None:
    """Refuse to write over what somebody else has written since the page was opened."""
    if thing.version != version:
        raise EditedMeanwhile(
            N_("%(who)s changed this while you were writing. Compare below, then save again what is right."),
            who=thing.changed_by or "?",
        )


def refuse_frozen(plan: ActionPlan) -> None:
    """Refuse to change what the client is reading, and what is over."""
    if plan.state is PlanState.PROPOSED:
        raise Refusal(N_("The client is reading this plan. Take the proposal back to change it."))
    if plan.state not in OPEN_STATES:
        raise Refusal(N_("This plan is settled: it is history. Reopen it to work on it again."))


def change_plan(
    session: Session, plan: ActionPlan, text: PlanText, version: int, actor: str, now: datetime
) -> ActionPlan:
    """Write what went wrong, why, and what stands in the way."""
    refuse_frozen(plan)
    refuse_stale(plan, version)
    for name in ("nonconformity", "cause", "constraints", "actors"):
        setattr(plan, name, clean_text(getattr(text, name), MAX_TEXT))
    plan.cause_kind = text.cause_kind
    note_change(plan, actor, now)
    note_deed(session, plan, "plan_changed", actor, now)
    session.flush()
    return plan


def set_criterion(
    session: Session, plan: ActionPlan, proposed: Criterion, version: int, actor: str, now: datetime
) -> ActionPlan:
    """Set what will prove the plan, as long as it is not sealed; afterwards it takes an amendment by both."""
    if plan.seal is not None:
        raise Refusal(
            N_("This criterion was sealed before work started: it does not change. Propose an amendment to the client.")
        )
    refuse_frozen(plan)
    refuse_stale(plan, version)
    check_criterion(proposed, plan.threshold, last_closed_number(session, plan.judging_campaign_id))
    apply_criterion(plan, proposed)
    note_change(plan, actor, now)
    note_deed(session, plan, "plan_criterion_set", actor, now, level=str(proposed.level), wave=proposed.wave_number)
    session.flush()
    return plan


def add_phase(
    session: Session, plan: ActionPlan, title: str, starts_on: date, ends_on: date, actor: str, now: datetime
) -> PlanPhase:
    refuse_frozen(plan)
    phase = PlanPhase(plan_id=plan.id, version=0)
    _write_phase(phase, title, starts_on, ends_on, actor)
    plan.phases.append(phase)
    note_deed(session, plan, "plan_phase_added", actor, now)
    session.flush()
    return phase


def change_phase(
    session: Session,
    phase: PlanPhase,
    title: str,
    starts_on: date,
    ends_on: date,
    version: int,
    actor: str,
    now: datetime,
) -> PlanPhase:
    refuse_frozen(phase.plan)
    refuse_stale(phase, version)
    _write_phase(phase, title, starts_on, ends_on, actor)
    note_deed(session, phase.plan, "plan_phase_changed", actor, now, phase=phase.id)
    session.flush()
    return phase


def _write_phase(phase: PlanPhase, title: str, starts_on: date, ends_on: date, actor: str) -> None:
    check_period(starts_on, ends_on, "ends_on")
    phase.title = _required_line(title, 200, N_("Name the phase."))
    phase.starts_on, phase.ends_on = starts_on, ends_on
    phase.version, phase.changed_by = phase.version + 1, actor


def remove_phase(session: Session, phase: PlanPhase, actor: str, now: datetime) -> None:
    """Remove a phase; its actions stay in the plan without one."""
    plan = phase.plan
    refuse_frozen(plan)
    for action in plan.actions:
        if action.phase_id == phase.id:
            action.phase = None
    plan.phases.remove(phase)
    note_deed(session, plan, "plan_phase_removed", actor, now)
    session.flush()


def add_action(session: Session, plan: ActionPlan, text: ActionText, actor: str, now: datetime) -> PlanAction:
    refuse_frozen(plan)
    position = max((action.position for action in plan.actions), default=0) + 1
    action = PlanAction(plan_id=plan.id, position=position, version=0, n_reminders=0, state=ActionState.TO_DO)
    _write_action(plan, action, text, actor)
    plan.actions.append(action)
    session.flush()
    note_deed(session, plan, "plan_action_added", actor, now, action_id=action.id)
    return action


def change_action(
    session: Session, action: PlanAction, text: ActionText, version: int, actor: str, now: datetime
) -> PlanAction:
    refuse_frozen(action.plan)
    refuse_stale(action, version)
    if text.due_on != action.due_on or text.owner.email != action.owner_email:
        action.n_reminders = 0
    _write_action(action.plan, action, text, actor)
    note_deed(session, action.plan, "plan_action_changed", actor, now, action_id=action.id, due_on=text.due_on)
    session.flush()
    return action


def _write_action(plan: ActionPlan, action: PlanAction, text: ActionText, actor: str) -> None:
    check_period(text.starts_on, text.due_on, "due_on")
    phase = next((phase for phase in plan.phases if phase.id == text.phase_id), None)
    if phase is not None:
        check_period(phase.starts_on, text.due_on, "due_on")
    if text.cost is not None and not 0 <= text.cost <= MAX_COST:
        raise Invalid(N_("A cost is an amount of 0 or more."), field="cost")
    action.title = _required_line(text.title, 500, N_("Say what is to be done."))
    action.party, action.due_on, action.starts_on = text.party, text.due_on, text.starts_on
    action.phase, action.cost = phase, text.cost
    owner = text.owner
    action.owner, action.owner_email = owner.name, owner.email
    action.owner_user_id, action.owner_contact_id = owner.user_id, owner.contact_id
    action.version, action.changed_by = action.version + 1, actor


def remove_action(session: Session, action: PlanAction, actor: str, now: datetime) -> None:
    """Remove an action while the plan is in preparation; once agreed it is dropped, with its reason."""
    plan = action.plan
    if plan.state is not PlanState.DRAFTED:
        raise Refusal(N_("The client has agreed this action. Mark it as dropped and say why."))
    plan.actions.remove(action)
    note_deed(session, plan, "plan_action_removed", actor, now, title=action.title)
    session.flush()


def _required_line(text: str, max_length: int, message: str) -> str:
    written = clean_line(text, max_length)
    if not written:
        raise Invalid(message, field="title")
    return written
