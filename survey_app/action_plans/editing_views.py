"""Write a plan: its analysis, its criterion, its phases and its actions."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.editing import (
    EditedMeanwhile,
    PlanText,
    add_phase,
    change_phase,
    change_plan,
    remove_phase,
    set_criterion,
)
from survey_app.action_plans.forms import CriterionForm, PhaseForm, PlanForm, VersionedForm
from survey_app.action_plans.models import ActionPlan, PlanPhase
from survey_app.action_plans.queries import get_phase, get_plan, last_closed_number
from survey_app.action_plans.views import Page, blueprint, show_page
from survey_app.action_plans.vocabulary import CauseKind
from survey_app.db import transaction
from survey_app.errors import Refusal
from survey_app.forms import show_on_form
from survey_app.web import db_session, now


def take(
    form: VersionedForm, plan_id: int, write: Callable[[ActionPlan], object], again: Callable[[int], Page]
) -> Page:
    """Save a form on a plan, or show it again with what was typed and the reason.

    Where somebody else saved first, the page shows their version beside what was typed; saving again is then a choice.
    """
    if not form.validate_on_submit():
        return again(400)
    session = db_session()
    try:
        with transaction(session):
            plan = get_plan(session, current_viewer(), plan_id, is_writing=True)
            write(plan)
    except Refusal as refusal:
        status = show_on_form(form, refusal)
        return again(status if not isinstance(refusal, EditedMeanwhile) else 409)
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
