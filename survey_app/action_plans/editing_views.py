"""Write a plan: its analysis, its criterion, its phases and its actions."""

from collections.abc import Callable

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm

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
from survey_app.action_plans.views import Page, blueprint, show_page
from survey_app.action_plans.vocabulary import ActionState, CauseKind
from survey_app.agreements.models import Obligor
from survey_app.db import transaction
from survey_app.forms import save, status_of
from survey_app.web import db_session, now, token_key


def take(
    form: FlaskForm,
    plan: ActionPlan,
    write: Callable[[ActionPlan], object],
    template: str,
    edited: ActionPlan | PlanAction | PlanPhase | None = None,
    **context: object,
) -> Page:
    """Show a form on a plan, save it, or show it again with what was typed and the reason.

    Where somebody else saved first, the page shows their version beside what was typed; saving again is then a choice.
    """
    plan_id, theirs = plan.id, None
    if save(form, lambda session: write(get_plan(session, current_viewer(), plan_id, is_writing=True))):
        flash(_("Saved."), "success")
        return redirect(url_for("action_plans.show", plan_id=plan_id))
    status = status_of(form)
    if form.is_submitted() and edited is not None and isinstance(form, VersionedForm):
        theirs = edited if status == EditedMeanwhile.status and form.seen_version != edited.version else None
        form.build_on(edited.version)
    return show_page(template, plan=plan, client=plan.client, form=form, theirs=theirs, **context), status


@blueprint.route("/plans/<int:plan_id>/edit", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def edit(plan_id: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    form = PlanForm(obj=plan, data={"cause_kind": plan.cause_kind or ""})

    def write(plan: ActionPlan) -> None:
        text = PlanText(
            nonconformity=form.nonconformity.data or "",
            cause=form.cause.data or "",
            cause_kind=CauseKind(form.cause_kind.data) if form.cause_kind.data else None,
            constraints=form.constraints.data or "",
            actors=form.actors.data or "",
        )
        change_plan(db_session(), plan, text, form.seen_version, current_viewer().actor, now())

    return take(form, plan, write, "action_plans/edit.html", plan)


@blueprint.route("/plans/<int:plan_id>/criterion", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def criterion(plan_id: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    form = CriterionForm(obj=plan)
    n_closed = last_closed_number(db_session(), plan.judging_campaign_id)

    def write(plan: ActionPlan) -> None:
        set_criterion(db_session(), plan, form.criterion(plan), form.seen_version, current_viewer().actor, now())

    return take(form, plan, write, "action_plans/criterion.html", plan, n_closed=n_closed)


@blueprint.route("/plans/<int:plan_id>/phases/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def new_phase(plan_id: int) -> Page:
    plan, form = get_plan(db_session(), current_viewer(), plan_id), PhaseForm()

    def write(plan: ActionPlan) -> None:
        dates = form.starts_on.data, form.ends_on.data
        add_phase(db_session(), plan, form.title.data or "", *dates, current_viewer().actor, now())

    return take(form, plan, write, "action_plans/edit_phase.html")


@blueprint.route("/plans/<int:plan_id>/phases/<int:phase_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def edit_phase(plan_id: int, phase_id: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    phase = get_phase(plan, phase_id)
    form = PhaseForm(obj=phase)

    def write(plan: ActionPlan) -> None:
        dates = form.starts_on.data, form.ends_on.data
        title, version = form.title.data or "", form.seen_version
        change_phase(db_session(), get_phase(plan, phase_id), title, *dates, version, current_viewer().actor, now())

    return take(form, plan, write, "action_plans/edit_phase.html", phase)


@blueprint.post("/plans/<int:plan_id>/phases/<int:phase_id>/remove")
@requires(Permission.MANAGE_PLANS)
def drop_phase(plan_id: int, phase_id: int) -> Page:
    with transaction(db_session()) as session:
        plan = get_plan(session, current_viewer(), plan_id, is_writing=True)
        remove_phase(session, get_phase(plan, phase_id), current_viewer().actor, now())
    return redirect(url_for("action_plans.show", plan_id=plan_id))


def _action_form(plan: ActionPlan, **given: object) -> ActionForm:
    form = ActionForm(data=given)
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
    form = _action_form(plan, party=plan.party.value)

    def write(plan: ActionPlan) -> None:
        add_action(db_session(), plan, _read_action(form, plan), current_viewer().actor, now())
        tell_owners(db_session(), plan, token_key(), now())

    return take(form, plan, write, "action_plans/edit_action.html")


@blueprint.route("/plans/<int:plan_id>/actions/<int:action_id>", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def edit_action(plan_id: int, action_id: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    action = get_action(plan, action_id)
    form = _action_form(plan, **_as_typed(action))

    def write(plan: ActionPlan) -> None:
        text, session = _read_action(form, plan), db_session()
        change_action(session, get_action(plan, action_id), text, form.seen_version, current_viewer().actor, now())
        tell_owners(session, plan, token_key(), now())

    return take(
        form,
        plan,
        write,
        "action_plans/edit_action.html",
        action,
        action=action,
        owner_left=has_left(action),
    )


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


@blueprint.route("/plans/<int:plan_id>/actions/<int:action_id>/report", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def report(plan_id: int, action_id: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    action = get_action(plan, action_id)
    form = ReportForm(data={"state": action.state.value, "evidence": action.evidence, "version": str(action.version)})

    def write(plan: ActionPlan) -> None:
        state, evidence = ActionState(form.state.data), form.evidence.data or ""
        action, actor = get_action(plan, action_id), current_viewer().actor
        report_action(db_session(), action, state, evidence, form.seen_version, actor, now())

    return take(form, plan, write, "action_plans/report.html", action, action=action)


@blueprint.post("/plans/<int:plan_id>/actions/<int:action_id>/remove")
@requires(Permission.MANAGE_PLANS)
def drop_action(plan_id: int, action_id: int) -> Page:
    with transaction(db_session()) as session:
        plan = get_plan(session, current_viewer(), plan_id, is_writing=True)
        remove_action(session, get_action(plan, action_id), current_viewer().actor, now())
    return redirect(url_for("action_plans.show", plan_id=plan_id))
