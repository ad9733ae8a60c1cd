"""Move a plan along: propose it, start it, finish it, close it, reopen it, tell those who answered what is done."""

from collections.abc import Callable, Sequence
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.editing_views import take
from survey_app.action_plans.feedback import find_letter, respondents, save_letter, send_letter, tellable_plans
from survey_app.action_plans.forms import (
    AmendmentForm,
    CoverForm,
    FeedbackForm,
    MoveForm,
    ProposalForm,
    VoluntaryForm,
    read_points,
    read_text,
)
from survey_app.action_plans.lifecycle import close_plan, finish_plan, reopen_plan, start_plan
from survey_app.action_plans.models import ActionPlan, FeedbackLetter, Point
from survey_app.action_plans.negotiation import Proposer, agree_internally, propose_amendment, propose_plan, take_back
from survey_app.action_plans.queries import get_plan, line_label
from survey_app.action_plans.service import agreed_lines, cover, coverable, open_voluntary_plan, uncover
from survey_app.action_plans.views import Page, render_plan, show_page
from survey_app.action_plans.views import blueprint as blueprint
from survey_app.agreements.queries import signatories
from survey_app.campaigns.models import Wave
from survey_app.campaigns.queries import get_campaign, get_wave, list_campaigns
from survey_app.clients.models import Contact
from survey_app.clients.queries import get_client
from survey_app.db import transaction
from survey_app.formats import format_day
from survey_app.forms import save, status_of
from survey_app.i18n import current_language
from survey_app.web import db_session, now, token_key

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
        return show_page("action_plans/propose.html", plan=plan, form=form, client=plan.client), status_of(form)
    flash(_("The plan is on its way to the client."), "success")
    return redirect(url_for("action_plans.show", plan_id=plan_id))


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

    def write(plan: ActionPlan) -> None:
        cover(db_session(), plan, form.lines.data or [], current_viewer().actor, now())

    return take(form, plan, write, "action_plans/cover_lines.html", others=others)


@blueprint.post("/plans/<int:plan_id>/part")
@requires(Permission.MANAGE_PLANS)
def part_line(plan_id: int) -> Page:
    with transaction(db_session()) as session:
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

    def write(plan: ActionPlan) -> None:
        actor = current_viewer().actor
        propose_amendment(db_session(), plan, form.criterion(plan), form.reason.data or "", actor, now())

    return take(form, plan, write, "action_plans/amend.html")


@blueprint.get("/waves/<int:wave_id>/feedback")
@requires(Permission.MANAGE_PLANS)
def feedback(wave_id: int) -> Page:
    """Write the page, drafted from the plans that the wave opened."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    letter = find_letter(db_session(), wave)
    form = FeedbackForm(obj=letter)
    return _show(wave, form, letter, _points(letter, tellable_plans(db_session(), wave)))


def _points(letter: FeedbackLetter | None, plans: Sequence[ActionPlan]) -> list[Point]:
    known = {point["plan_id"]: point for point in letter.points} if letter else {}
    return [known.get(plan.id) or _draft_point(plan) for plan in plans]


def _draft_point(plan: ActionPlan) -> Point:
    actions = [f"{a.title} ({format_day(a.due_on, plan.client.language)})" for a in plan.actions]
    return {"plan_id": plan.id, "said": plan.nonconformity, "doing": "\n".join(actions)}


def _show(
    wave: Wave,
    form: FeedbackForm,
    letter: FeedbackLetter | None,
    points: list[Point],
    theirs: FeedbackLetter | None = None,
) -> str:
    session = db_session()
    return show_page(
        "action_plans/feedback.html",
        wave=wave,
        client=wave.campaign.client,
        form=form,
        letter=letter,
        points=points,
        theirs=theirs,
        plans_by_id={plan.id: plan for plan in tellable_plans(session, wave)},
        n_people=len(respondents(session, wave)),
    )


@blueprint.post("/waves/<int:wave_id>/feedback")
@requires(Permission.MANAGE_PLANS)
def save_feedback(wave_id: int) -> Page:
    """Save the page, and send it where that button was used."""
    session, viewer = db_session(), current_viewer()
    wave, form = get_wave(session, viewer, wave_id), FeedbackForm()
    points = read_points(request.form, [plan.id for plan in tellable_plans(session, wave)])
    n_told: list[int] = []

    def write(session: Session) -> None:
        save_letter(session, wave, read_text(form, points), form.seen_version, viewer.actor, now())
        if request.form.get("intent") == "send":
            n_told.append(send_letter(session, wave, token_key(), viewer.actor, now()))

    if not save(form, write):
        letter = find_letter(session, wave)
        is_overtaken = letter is not None and letter.version != form.seen_version
        form.version.data = str(letter.version if letter else 0)
        return _show(wave, form, letter, points, letter if is_overtaken else None), status_of(form)
    flash(_saved(n_told[0] if n_told else None), "success")
    return redirect(url_for("action_plans.feedback", wave_id=wave_id))


def _saved(n_told: int | None) -> str:
    if n_told is None:
        return str(gettext("Saved."))
    return str(ngettext("On its way to %(num)s person.", "On its way to %(num)s people.", n_told))
