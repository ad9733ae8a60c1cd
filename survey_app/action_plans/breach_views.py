"""From a line of the results to the plan that its breach started."""

from flask import redirect, url_for
from sqlalchemy import select

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.views import Page, blueprint
from survey_app.campaigns.queries import get_wave
from survey_app.errors import N_, NotFound
from survey_app.web import db_session


@blueprint.get("/waves/<int:wave_id>/plans/<indicator_key>")
@requires(Permission.SEE_RESULTS)
def of_breach(wave_id: int, indicator_key: str) -> Page:
    """Open the plan of one line of one wave."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    plan_id = db_session().scalar(
        select(ActionPlan.id)
        .where(ActionPlan.wave_id == wave.id, ActionPlan.indicator_key == indicator_key)
        .order_by(ActionPlan.is_breach.desc(), ActionPlan.id)
    )
    if plan_id is None:
        raise NotFound(N_("This line started no plan in this wave. The client’s page lists the plans."))
    return redirect(url_for("action_plans.show", plan_id=plan_id))
