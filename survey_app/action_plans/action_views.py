"""Write the actions of a plan and report how far they are."""

from typing import Any

from flask import redirect, url_for

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.editing import (
    ActionText,
    EditedMeanwhile,
    add_action,
    change_action,
    remove_action,
)
from survey_app.action_plans.editing_views import now_at, take
from survey_app.action_plans.forms import ActionForm, ReportForm, VersionedForm
from survey_app.action_plans.models import ActionPlan, PlanAction
from survey_app.action_plans.owners import OTHER, Owner, has_left, list_owners, resolve_owner
from survey_app.action_plans.queries import get_action, get_plan
from survey_app.action_plans.reporting import report_action
from survey_app.action_plans.telling import tell_owners
from survey_app.action_plans.views import Page, blueprint, show_page, token_key
from survey_app.action_plans.vocabulary import ActionState
from survey_app.agreements.models import Obligor
from survey_app.db import transaction
from survey_app.web import db_session, now


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
