"""The plans of a client, and one plan as the agency reads it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from flask import Blueprint, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response as BaseResponse

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.content import changed_since
from survey_app.action_plans.gantt import draw_gantt
from survey_app.action_plans.labels import (
    ACTION_STATES,
    AMENDMENT,
    CAUSES,
    CRITERION,
    OUTCOMES,
    PARTIES,
    PARTS,
    STATES,
    VERDICTS,
)
from survey_app.action_plans.models import ActionPlan, CriterionAmendment, PlanState
from survey_app.action_plans.owners import has_left
from survey_app.action_plans.queries import (
    amendment_values,
    closed_waves,
    criterion_values,
    earlier_plans,
    find_judging_wave,
    format_level,
    get_plan,
    line_comments,
    line_label,
    line_score,
    list_plans,
)
from survey_app.action_plans.rules import MOVES
from survey_app.action_plans.service import is_seal_intact
from survey_app.action_plans.vocabulary import Outcome
from survey_app.campaigns.queries import list_campaigns
from survey_app.clients.queries import get_client
from survey_app.i18n import current_language
from survey_app.web import db_session, settings, today

blueprint = Blueprint("action_plans", __name__)

Page = str | tuple[str, int] | BaseResponse
WORDS: Mapping[str, object] = {
    "states": STATES,
    "verdicts": VERDICTS,
    "action_states": ACTION_STATES,
    "parties": PARTIES,
    "causes": CAUSES,
    "outcomes": OUTCOMES,
    "parts": PARTS,
}


def show_page(template: str, **context: object) -> str:
    """Render a page of the room with its words at hand."""
    here = {
        "line_label": _label_here,
        "criterion": _criterion_here,
        "amendment_words": _amendment_here,
        "level": _level_here,
        "has_left": has_left,
        "today": today(getattr(context.get("client"), "time_zone", None)),
    }
    return render_template(template, **{**WORDS, **here, **context})


def _criterion_here(line: ActionPlan) -> str:
    return str(gettext(CRITERION, **criterion_values(line, current_language())))


def _level_here(level: Decimal) -> str:
    return format_level(level, current_language())


def _amendment_here(amendment: CriterionAmendment) -> str:
    return str(gettext(AMENDMENT, **amendment_values(amendment, current_language())))


def token_key() -> bytes:
    return settings().token_key.get_secret_value().encode()


def _label_here(plan: ActionPlan) -> str:
    return line_label(plan, current_language())


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
        columns=by_state(plans),
        waves=closed_waves(db_session(), client.id),
        has_campaign=bool(list_campaigns(db_session(), client)),
    )


def by_state(plans: Sequence[ActionPlan]) -> dict[PlanState, list[ActionPlan]]:
    return {state: [plan for plan in plans if plan.state is state] for state in PlanState}


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
