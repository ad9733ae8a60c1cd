"""Write a plan: its analysis, its criterion, its phases and its actions."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.editing import (
    ActionText,
    EditedMeanwhile,
    PlanText,
    add_action,
    add_phase,
    change_action,
    change_phase,
    change_plan,
    remove_action,
    remove_phase,
    set_criterion,
)
from survey_app.action_plans.forms import ActionForm, CriterionForm, PhaseForm, PlanForm, ReportForm, VersionedForm
from survey_app.action_plans.lifecycle import report_action
from survey_app.action_plans.models import ActionPlan, PlanAction, PlanPhase
from survey_app.action_plans.queries import (
    OTHER,
    Owner,
    get_action,
    get_phase,
    get_plan,
    has_left,
    last_closed_number,
    list_owners,
    resolve_owner,
)
from survey_app.action_plans.reminding import tell_owners
from survey_app.action_plans.views import Page, blueprint, show_page, token_key
from survey_app.action_plans.vocabulary import ActionState, CauseKind
from survey_app.agreements.models import Obligor
from survey_app.db import transaction
from survey_app.forms import save, status_of
from survey_app.web import db_session, now


def take(
    form: VersionedForm, plan_id: int, write: Callable[[ActionPlan], object], again: Callable[[int], Page]
) -> Page:
    """Save a form on a plan, or show it again with what was typed and the reason.

    Where somebody else saved first, the page shows their version beside what was typed; saving again is then a choice.
    """
    if not save(form, lambda session: write(get_plan(session, current_viewer(), plan_id, is_writing=True))):
        return again(status_of(form))
    flash(_("Saved."), "success")
    return redirect(url_for("action_plans.show", plan_id=plan_id))


def now_at(form: VersionedForm, version: int) -> None:
    """Let the next sending of this form build on the version that the page shows."""
    form.version.data = form.version.raw_data = None
    form.version.data = str(version)


@blueprint.get("/plans/<int:plan_id>/edit")
@requires(Permission.MANAGE_PLANS)
def edit(plan_id: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    form = PlanForm(obj=plan, data={"cause_kind": plan.cause_kind or "", "version": str(plan.version)})
    return show_page("action_plans/edit.html", plan=plan, form=form, client=plan.client)


@blueprint.post("/plans/<int:plan_id>/edit")
@requires(Permission.MANAGE_PLANS)
def submit_edit(plan_id: int) -> Page:
    form = PlanForm()
    get_plan(db_session(), current_viewer(), plan_id)

    def write(plan: ActionPlan) -> None:
        change_plan(db_session(), plan, _read_text(form), form.seen_version, current_viewer().actor, now())

    return take(form, plan_id, write, lambda status: _edit_again(form, plan_id, status))


def _read_text(form: PlanForm) -> PlanText:
    return PlanText(
        nonconformity=form.nonconformity.data or "",
        cause=form.cause.data or "",
        cause_kind=CauseKind(form.cause_kind.data) if form.cause_kind.data else None,
        constraints=form.constraints.data or "",
        actors=form.actors.data or "",
    )


def _edit_again(form: PlanForm, plan_id: int, status: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    theirs = plan if status == EditedMeanwhile.status and form.seen_version != plan.version else None
    now_at(form, plan.version)
    return show_page("action_plans/edit.html", plan=plan, form=form, client=plan.client, theirs=theirs), status


@blueprint.get("/plans/<int:plan_id>/criterion")
@requires(Permission.MANAGE_PLANS)
def criterion(plan_id: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    form = CriterionForm(obj=plan, data={"version": str(plan.version)})
    return _show_criterion(form, plan)


def _show_criterion(form: CriterionForm, plan: ActionPlan, theirs: ActionPlan | None = None) -> str:
    closed = last_closed_number(db_session(), plan.judging_campaign_id)
    return show_page(
        "action_plans/criterion.html", plan=plan, form=form, client=plan.client, theirs=theirs, n_closed=closed
    )


@blueprint.post("/plans/<int:plan_id>/criterion")
@requires(Permission.MANAGE_PLANS)
def submit_criterion(plan_id: int) -> Page:
    form = CriterionForm()
    get_plan(db_session(), current_viewer(), plan_id)

    def write(plan: ActionPlan) -> None:
        set_criterion(
            db_session(),
            plan,
            Decimal(form.success_level.data),
            form.min_respondents.data,
            form.judging_wave_number.data,
            form.seen_version,
            current_viewer().actor,
            now(),
        )

    return take(form, plan_id, write, lambda status: _criterion_again(form, plan_id, status))


def _criterion_again(form: CriterionForm, plan_id: int, status: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    theirs = plan if status == EditedMeanwhile.status and form.seen_version != plan.version else None
    now_at(form, plan.version)
    return _show_criterion(form, plan, theirs), status


@blueprint.route("/plans/<int:plan_id>/phases/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def new_phase(plan_id: int) -> Page:
    plan, form = get_plan(db_session(), current_viewer(), plan_id), PhaseForm()
    if not form.is_submitted():
        return _show_phase(form, plan)

    def write(plan: ActionPlan) -> None:
        dates = form.starts_on.data, form.ends_on.data
        add_phase(db_session(), plan, form.title.data or "", *dates, current_viewer().actor, now())

    return take(form, plan_id, write, lambda status: (_show_phase(form, plan), status))


@blueprint.route("/plans/<int:plan_id>/phases/<int:phase_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def edit_phase(plan_id: int, phase_id: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    phase = get_phase(plan, phase_id)
    form = PhaseForm(obj=phase)
    if not form.is_submitted():
        return _show_phase(form, plan, phase)

    def write(plan: ActionPlan) -> None:
        dates = form.starts_on.data, form.ends_on.data
        title, version = form.title.data or "", form.seen_version
        change_phase(db_session(), get_phase(plan, phase_id), title, *dates, version, current_viewer().actor, now())

    return take(form, plan_id, write, lambda status: _phase_again(form, plan, phase, status))


def _phase_again(form: PhaseForm, plan: ActionPlan, phase: PlanPhase, status: int) -> Page:
    theirs = phase if status == EditedMeanwhile.status and form.seen_version != phase.version else None
    now_at(form, phase.version)
    return _show_phase(form, plan, phase, theirs), status


def _show_phase(form: PhaseForm, plan: ActionPlan, phase: PlanPhase | None = None, theirs: Any = None) -> str:
    return show_page(
        "action_plans/edit_phase.html", plan=plan, form=form, client=plan.client, phase=phase, theirs=theirs
    )


@blueprint.post("/plans/<int:plan_id>/phases/<int:phase_id>/remove")
@requires(Permission.MANAGE_PLANS)
def drop_phase(plan_id: int, phase_id: int) -> Page:
    session = db_session()
    with transaction(session):
        plan = get_plan(session, current_viewer(), plan_id, is_writing=True)
        remove_phase(session, get_phase(plan, phase_id), current_viewer().actor, now())
    return redirect(url_for("action_plans.show", plan_id=plan_id))


def _action_form(plan: ActionPlan, **given: Any) -> ActionForm:
    form = ActionForm(**given)
    owners = list_owners(db_session(), plan.client)
    form.offer([(o.choice, f"{o.name} <{o.email}>") for o in owners], [(p.id, p.title) for p in plan.phases])
    return form


def _read_action(form: ActionForm, plan: ActionPlan) -> ActionText:
    owner = resolve_owner(
        db_session(), plan.client, form.owner_choice.data, form.owner_name.data or "", form.owner_email.data or ""
    )
    return ActionText(
        title=form.title.data or "",
        party=Obligor(form.party.data),
        owner=owner,
        due_on=form.due_on.data,
        starts_on=form.starts_on.data,
        phase_id=form.phase_id.data or None,
        cost=form.cost.data,
    )


@blueprint.route("/plans/<int:plan_id>/actions/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def new_action(plan_id: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    form = _action_form(plan, data={"party": plan.party.value})
    if not form.is_submitted():
        return _show_action(form, plan)

    def write(plan: ActionPlan) -> None:
        add_action(db_session(), plan, _read_action(form, plan), current_viewer().actor, now())
        tell_owners(db_session(), plan, token_key(), now())

    return take(form, plan_id, write, lambda status: (_show_action(form, plan), status))


@blueprint.route("/plans/<int:plan_id>/actions/<int:action_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def edit_action(plan_id: int, action_id: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    action = get_action(plan, action_id)
    form = _action_form(plan, data=_as_typed(action))
    if not form.is_submitted():
        return _show_action(form, plan, action)

    def write(plan: ActionPlan) -> None:
        text, session = _read_action(form, plan), db_session()
        change_action(session, get_action(plan, action_id), text, form.seen_version, current_viewer().actor, now())
        tell_owners(session, plan, token_key(), now())

    return take(form, plan_id, write, lambda status: _action_again(form, plan, action, status))


def _as_typed(action: PlanAction) -> dict[str, object]:
    owner = Owner(action.owner, action.owner_email, action.owner_user_id, action.owner_contact_id)
    is_other = owner.choice == OTHER
    return {
        "title": action.title,
        "party": action.party.value,
        "starts_on": action.starts_on,
        "due_on": action.due_on,
        "owner_choice": owner.choice,
        "owner_name": action.owner if is_other else "",
        "owner_email": action.owner_email if is_other else "",
        "phase_id": action.phase_id or 0,
        "cost": action.cost,
        "version": str(action.version),
    }


def _show_action(
    form: ActionForm, plan: ActionPlan, action: PlanAction | None = None, theirs: PlanAction | None = None
) -> str:
    return show_page(
        "action_plans/edit_action.html",
        plan=plan,
        form=form,
        client=plan.client,
        action=action,
        theirs=theirs,
        owner_left=action is not None and has_left(action),
    )


def _action_again(form: ActionForm, plan: ActionPlan, action: PlanAction, status: int) -> Page:
    theirs = _overtaken_by(form, action, status)
    now_at(form, action.version)
    return _show_action(form, plan, action, theirs), status


def _overtaken_by(form: VersionedForm, action: PlanAction, status: int) -> PlanAction | None:
    return action if status == EditedMeanwhile.status and form.seen_version != action.version else None


@blueprint.route("/plans/<int:plan_id>/actions/<int:action_id>/report", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def report(plan_id: int, action_id: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    action = get_action(plan, action_id)
    form = ReportForm(data={"state": action.state.value, "evidence": action.evidence, "version": str(action.version)})
    if not form.is_submitted():
        return show_page("action_plans/report.html", plan=plan, form=form, client=plan.client, action=action)

    def write(plan: ActionPlan) -> None:
        report_action(
            db_session(),
            get_action(plan, action_id),
            ActionState(form.state.data),
            form.evidence.data or "",
            form.seen_version,
            current_viewer().actor,
            now(),
        )

    return take(form, plan_id, write, lambda status: _report_again(form, plan, action, status))


def _report_again(form: ReportForm, plan: ActionPlan, action: PlanAction, status: int) -> Page:
    theirs = _overtaken_by(form, action, status)
    now_at(form, action.version)
    page = show_page("action_plans/report.html", plan=plan, form=form, client=plan.client, action=action, theirs=theirs)
    return page, status


@blueprint.post("/plans/<int:plan_id>/actions/<int:action_id>/remove")
@requires(Permission.MANAGE_PLANS)
def drop_action(plan_id: int, action_id: int) -> Page:
    session = db_session()
    with transaction(session):
        plan = get_plan(session, current_viewer(), plan_id, is_writing=True)
        remove_action(session, get_action(plan, action_id), current_viewer().actor, now())
    return redirect(url_for("action_plans.show", plan_id=plan_id))
