"""From a line of the results to the plan that its breach started."""

from flask import redirect, url_for

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.queries import plan_of_line
from survey_app.action_plans.views import Page, blueprint
from survey_app.campaigns.queries import get_wave
from survey_app.web import db_session


@blueprint.get("/waves/<int:wave_id>/plans/<indicator_key>")
@requires(Permission.SEE_RESULTS)
def of_breach(wave_id: int, indicator_key: str) -> Page:
    """Open the plan of one line of one wave."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    return redirect(url_for("action_plans.show", plan_id=plan_of_line(db_session(), wave, indicator_key).id))
