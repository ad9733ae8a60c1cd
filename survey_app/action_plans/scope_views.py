"""What a plan is about: voluntary plans, several lines in one, and amendments of what was sealed."""

from decimal import Decimal

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.amending import propose_amendment
from survey_app.action_plans.editing_views import take
from survey_app.action_plans.forms import AmendmentForm, CoverForm, VoluntaryForm
from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.queries import get_plan, line_label
from survey_app.action_plans.views import Page, blueprint, show_page
from survey_app.action_plans.voluntary import agreed_lines, cover, coverable, open_voluntary_plan, uncover
from survey_app.campaigns.queries import get_campaign, list_campaigns
from survey_app.clients.queries import get_client
from survey_app.db import transaction
from survey_app.forms import save, status_of
from survey_app.i18n import current_language
from survey_app.web import db_session, now


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
