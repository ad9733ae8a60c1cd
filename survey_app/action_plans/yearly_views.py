"""The year in plans, over all the clients that the viewer works for."""

from flask import render_template, request
from flask_babel import gettext as _

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.feeds import calendar_token, own_calendar
from survey_app.action_plans.labels import CAUSES
from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.queries import line_label
from survey_app.action_plans.views import Page, blueprint, token_key
from survey_app.action_plans.yearly import plans_of_year, tally, tally_by
from survey_app.i18n import current_language
from survey_app.web import db_session, now, settings

FIRST_YEAR, LAST_YEAR = 2000, 2999


@blueprint.get("/plans")
@requires(Permission.SEE_RESULTS)
def year() -> Page:
    """Say how many plans were launched, done on time, and worked: per line, client and kind of cause."""
    asked = request.args.get("year", "")
    chosen = int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else now().year
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
    calendar = own_calendar(db_session(), current_viewer().user_id)
    if calendar is None:
        return ""
    return f"{settings().public_base_url.rstrip('/')}/p/calendar/{calendar_token(calendar, token_key())}.ics"
