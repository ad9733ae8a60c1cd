"""The home page."""

from flask import Blueprint, render_template

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.clients.queries import find_agency
from survey_app.dashboard.queries import list_overviews
from survey_app.web import db_session, now

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("/")
@requires(Permission.SEE_CLIENTS)
def home() -> str:
    viewer = current_viewer()
    overviews = list_overviews(db_session(), viewer, now())
    return render_template("dashboard/home.html", overviews=overviews, agency=find_agency(db_session()))
