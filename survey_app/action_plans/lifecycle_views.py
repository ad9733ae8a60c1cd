"""Move a plan along: propose it, start it, finish it, close it, reopen it."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.editing_views import take
from survey_app.action_plans.forms import AmendmentForm, CoverForm, MoveForm, ProposalForm, VoluntaryForm
from survey_app.action_plans.lifecycle import close_plan, finish_plan, reopen_plan, start_plan
from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.negotiation import Proposer, agree_internally, propose_amendment, propose_plan, take_back
from survey_app.action_plans.queries import get_plan, line_label
from survey_app.action_plans.service import agreed_lines, cover, coverable, open_voluntary_plan, uncover
from survey_app.action_plans.views import Page, blueprint, render_plan, show_page, token_key
from survey_app.agreements.queries import signatories
from survey_app.campaigns.queries import get_campaign, list_campaigns
from survey_app.clients.models import Contact
from survey_app.clients.queries import get_client
from survey_app.db import transaction
from survey_app.forms import save, status_of
from survey_app.i18n import current_language
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


@blueprint.get("/clients/<client_key>/plans/new")
@requires(Permission.MANAGE_PLANS)
def choose_campaign(client_key: str) -> Page:
    client = get_client(db_session(), current_viewer(), client_key)
    campaigns = list_campaigns(db_session(), client)
    return render_template("action_plans/choose_campaign.html", client=client, campaigns=campaigns)


@blueprint.route("/campaigns/<int:campaign_id>/plans/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def open_voluntary(campaign_id: int) -> Page:
    """Open a plan that no breach asked for, on one line or several."""
    session, viewer, form = db_session(), current_viewer(), VoluntaryForm()
    campaign = get_campaign(session, viewer, campaign_id)
    lines = agreed_lines(session, campaign)
    form.offer([(line.indicator_key, line.label(current_language())) for line in lines])
    context = {"campaign": campaign, "client": campaign.client, "form": form, "lines": lines}
    made: list[ActionPlan] = []
    if save(
        form,
        lambda session: made.append(open_voluntary_plan(session, campaign, form.lines.data or [], viewer.actor, now())),
    ):
        return redirect(url_for("action_plans.show", plan_id=made[0].id))
    return render_template("action_plans/open_voluntary.html", **context), status_of(form)


@blueprint.route("/plans/<int:plan_id>/lines", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def cover_lines(plan_id: int) -> Page:
    """Handle other lines in this plan."""
    plan, form = get_plan(db_session(), current_viewer(), plan_id), CoverForm()
    others = coverable(db_session(), plan)
    form.offer([(other.id, line_label(other, current_language())) for other in others])

    def show() -> str:
        return show_page("action_plans/cover_lines.html", plan=plan, client=plan.client, form=form, others=others)

    def write(plan: ActionPlan) -> None:
        cover(db_session(), plan, form.lines.data or [], current_viewer().actor, now())

    return take(form, plan_id, write, lambda status: (show(), status)) if form.is_submitted() else show()


@blueprint.post("/plans/<int:plan_id>/part")
@requires(Permission.MANAGE_PLANS)
def part_line(plan_id: int) -> Page:
    session = db_session()
    with transaction(session):
        plan = get_plan(session, current_viewer(), plan_id, is_writing=True)
        uncover(session, plan, current_viewer().actor, now())
    flash(_("Saved."), "success")
    return redirect(url_for("action_plans.show", plan_id=plan_id))


@blueprint.route("/plans/<int:plan_id>/amend", methods=["GET", "POST"])
@requires(Permission.MANAGE_PLANS)
def amend(plan_id: int) -> Page:
    """Propose another criterion than the sealed one; the client agrees or refuses by their link."""
    plan = get_plan(db_session(), current_viewer(), plan_id)
    form = AmendmentForm(obj=plan)

    def show() -> str:
        return show_page("action_plans/amend.html", plan=plan, client=plan.client, form=form)

    def write(plan: ActionPlan) -> None:
        propose_amendment(
            db_session(),
            plan,
            Decimal(form.success_level.data),
            form.min_respondents.data,
            form.judging_wave_number.data,
            form.reason.data or "",
            current_viewer().actor,
            now(),
        )

    return take(form, plan_id, write, lambda status: (show(), status)) if form.is_submitted() else show()
