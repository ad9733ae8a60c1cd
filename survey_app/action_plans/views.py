"""The plans of a client, and one plan as the agency reads it."""

from collections.abc import Mapping
from functools import partial

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.content import changed_since
from survey_app.action_plans.document import plans_pdf
from survey_app.action_plans.figures import draw_gantt
from survey_app.action_plans.models import ActionPlan, PlanCalendar, PlanState
from survey_app.action_plans.queries import (
    amendment_values,
    closed_waves,
    criterion_values,
    earlier_plans,
    find_judging_wave,
    format_level,
    get_plan,
    has_left,
    line_comments,
    line_label,
    line_score,
    list_plans,
    plan_of_line,
    plans_of_year,
    tally,
    tally_by,
)
from survey_app.action_plans.rules import MOVES
from survey_app.action_plans.service import is_seal_intact
from survey_app.action_plans.tokens import derive_calendar_token, plan_link
from survey_app.action_plans.vocabulary import (
    ACTION_STATES,
    AMENDMENT,
    CAUSES,
    CRITERION,
    OUTCOMES,
    PARTS,
    STATES,
    VERDICTS,
    Outcome,
)
from survey_app.action_plans.workbook import actions_xlsx
from survey_app.campaigns.queries import get_wave, list_campaigns
from survey_app.catalogue.vocabulary import OBLIGORS
from survey_app.clients.queries import get_client
from survey_app.i18n import current_language
from survey_app.web import db_session, download_response, settings, today, token_key

blueprint = Blueprint("action_plans", __name__)

Page = str | tuple[str, int] | BaseResponse
WORDS: Mapping[str, object] = {
    "states": STATES,
    "verdicts": VERDICTS,
    "action_states": ACTION_STATES,
    "parties": OBLIGORS,
    "causes": CAUSES,
    "outcomes": OUTCOMES,
    "parts": PARTS,
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIRST_YEAR, LAST_YEAR = 2000, 2999


def show_page(template: str, **context: object) -> str:
    """Render a page of the room with its words at hand, and its sentences in the reader's language."""
    language = current_language()
    sentences: dict[str, object] = {
        "line_label": partial(line_label, language=language),
        "level": partial(format_level, language=language),
        "criterion": lambda line: _(CRITERION, **criterion_values(line, language)),
        "amendment_words": lambda amendment: _(AMENDMENT, **amendment_values(amendment, language)),
        "has_left": has_left,
        "today": today(getattr(context.get("client"), "time_zone", None)),
    }
    return render_template(template, **{**WORDS, **sentences, **context})


@blueprint.get("/clients/<client_key>/plans")
@requires(Permission.SEE_RESULTS)
def index(client_key: str) -> Page:
    """List the plans, or show them as a board by state."""
    client = get_client(db_session(), current_viewer(), client_key)
    plans = list_plans(db_session(), client.id)
    is_board = request.args.get("view") == "board"
    return show_page(
        "action_plans/index.html",
        client=client,
        plans=plans,
        is_board=is_board,
        columns={state: [plan for plan in plans if plan.state is state] for state in PlanState},
        waves=closed_waves(db_session(), client.id),
        has_campaign=bool(list_campaigns(db_session(), client)),
    )


@blueprint.get("/plans/<int:plan_id>")
@requires(Permission.SEE_RESULTS)
def show(plan_id: int) -> Page:
    plan = get_plan(db_session(), current_viewer(), plan_id)
    return render_plan(plan)


def render_plan(plan: ActionPlan, **context: object) -> str:
    session, viewer = db_session(), current_viewer()
    agreed = next((p for p in reversed(plan.proposals) if p.outcome is Outcome.AGREED), None)
    return show_page(
        "action_plans/show.html",
        plan=plan,
        client=plan.client,
        score_row=line_score(session, plan),
        comments=line_comments(session, plan, viewer),
        earlier=earlier_plans(session, plan),
        judging_wave=find_judging_wave(session, plan),
        moves=MOVES[plan.state],
        proposal=plan.proposals[-1] if plan.proposals else None,
        agreed=agreed,
        changed=changed_since(agreed.content, plan) if agreed and plan.sealed_at else [],
        gantt=draw_gantt(plan, today(plan.client.time_zone), current_language()),
        is_seal_intact=is_seal_intact(plan),
        amendable=[line for line in plan.lines if line.seal and not line.verdict],
        **context,
    )


@blueprint.get("/waves/<int:wave_id>/plans/<indicator_key>")
@requires(Permission.SEE_RESULTS)
def of_breach(wave_id: int, indicator_key: str) -> Page:
    """Open the plan of one line of one wave."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    return redirect(url_for("action_plans.show", plan_id=plan_of_line(db_session(), wave, indicator_key).id))


@blueprint.get("/plans/<int:plan_id>.pdf")
@requires(Permission.SEE_RESULTS)
def plan_pdf(plan_id: int) -> Response:
    plan, language = get_plan(db_session(), current_viewer(), plan_id), current_language()
    leader = plan.leader or plan
    content = plans_pdf(line_label(leader, language), [leader], today(leader.client.time_zone), language)
    return download_response(content, "application/pdf", f"plan-{plan_id}.pdf")


@blueprint.get("/clients/<client_key>/plans.pdf")
@requires(Permission.SEE_RESULTS)
def client_pdf(client_key: str) -> Response:
    """Give the client's whole progress plan; lines that the client never sees stay out of it."""
    client, language = get_client(db_session(), current_viewer(), client_key), current_language()
    plans = [plan for plan in list_plans(db_session(), client.id) if not plan.is_internal]
    title = _("Progress plan of %(client)s", client=client.name)
    return download_response(
        plans_pdf(title, plans, today(client.time_zone), language), "application/pdf", f"plans-{client.key}.pdf"
    )


@blueprint.get("/clients/<client_key>/plans.xlsx")
@requires(Permission.SEE_RESULTS)
def client_xlsx(client_key: str) -> Response:
    client = get_client(db_session(), current_viewer(), client_key)
    content = actions_xlsx(list_plans(db_session(), client.id), current_language())
    return download_response(content, XLSX, f"plans-{client.key}.xlsx")


@blueprint.get("/plans")
@requires(Permission.SEE_RESULTS)
def year() -> Page:
    """Say how many plans were launched, done on time, and worked: per line, client and kind of cause."""
    asked = request.args.get("year", "")
    chosen = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else today().year
    chosen = min(max(chosen, FIRST_YEAR), LAST_YEAR)
    plans = plans_of_year(db_session(), current_viewer(), chosen)
    language = current_language()
    groups = [
        (_("By line"), tally_by(plans, lambda plan: line_label(plan, language))),
        (_("By client"), tally_by(plans, lambda plan: plan.client.name)),
        (_("By kind of cause"), tally_by(plans, _cause)),
    ]
    return render_template(
        "action_plans/year.html",
        year=chosen,
        years=(chosen - 1, chosen + 1),
        total=tally(plans),
        groups=groups,
        calendar_url=_calendar_url(),
    )


def _cause(plan: ActionPlan) -> str:
    kind = (plan.leader or plan).cause_kind
    return str(CAUSES[kind]) if kind else _("Not said")


def _calendar_url() -> str:
    calendar = db_session().get(PlanCalendar, current_viewer().user_id)
    if calendar is None:
        return ""
    token = derive_calendar_token(token_key(), calendar.user_id, calendar.version, calendar.created_at)
    return plan_link(settings().public_base_url, f"calendar/{token}.ics")
