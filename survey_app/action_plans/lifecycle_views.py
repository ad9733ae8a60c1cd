"""Move a plan along: propose it, start it, finish it, close it, reopen it."""

from collections.abc import Callable
from datetime import datetime

from flask import flash, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.forms import MoveForm, ProposalForm
from survey_app.action_plans.lifecycle import close_plan, finish_plan, reopen_plan, start_plan
from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.proposing import Proposer, agree_internally, propose_plan, take_back
from survey_app.action_plans.queries import get_plan
from survey_app.action_plans.views import Page, blueprint, render_plan, show_page, token_key
from survey_app.agreements.queries import signatories
from survey_app.clients.models import Contact
from survey_app.forms import save, status_of
from survey_app.web import db_session, now

Move = Callable[[Session, ActionPlan, str, str, datetime], None]
# What the buttons of the page do, by the word in their address; the note is what was typed beside them.
MOVES_BY_HAND: dict[str, Move] = {
    "take-back": lambda session, plan, note, actor, at: take_back(session, plan, actor, at),
    "agree": lambda session, plan, note, actor, at: agree_internally(session, plan, token_key(), actor, at),
    "start": lambda session, plan, note, actor, at: start_plan(session, plan, actor, at),
    "finish": lambda session, plan, note, actor, at: finish_plan(session, plan, actor, at),
    "close": close_plan,
    "reopen": reopen_plan,
}


@blueprint.post("/plans/<int:plan_id>/<any('take-back', agree, start, finish, close, reopen):deed>")
@requires(Permission.MANAGE_PLANS)
def move_plan(plan_id: int, deed: str) -> Page:
    """Do what a button says, or show the plan again with the reason why not and the note that was typed."""
    form, session, viewer = MoveForm(), db_session(), current_viewer()

    def move(session: Session) -> None:
        plan = get_plan(session, viewer, plan_id, is_writing=True)
        MOVES_BY_HAND[deed](session, plan, form.note.data or "", viewer.actor, now())

    if not save(form, move):
        return render_plan(
            get_plan(session, viewer, plan_id), form=form, note=form.note.data or "", asked=deed
        ), status_of(form)
    flash(_("Saved."), "success")
    return redirect(url_for("action_plans.show", plan_id=plan_id))


@blueprint.route("/plans/<int:plan_id>/propose", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def propose(plan_id: int) -> Page:
    """Choose who signs for the client, and send."""
    session, viewer = db_session(), current_viewer()
    plan, form = get_plan(session, viewer, plan_id), ProposalForm()
    form.offer(signatories(session, plan.client_id))

    def send(session: Session) -> None:
        plan = get_plan(session, viewer, plan_id, is_writing=True)
        contact = session.get_one(Contact, form.contact.data)
        proposer = Proposer(viewer.actor, viewer.email)
        propose_plan(session, plan, contact, form.message.data or "", proposer, token_key(), now())

    if not save(form, send):
        return _show_proposal(form, plan), status_of(form)
    flash(_("The plan is on its way to the client."), "success")
    return redirect(url_for("action_plans.show", plan_id=plan_id))


def _show_proposal(form: ProposalForm, plan: ActionPlan) -> str:
    return show_page("action_plans/propose.html", plan=plan, form=form, client=plan.client)
