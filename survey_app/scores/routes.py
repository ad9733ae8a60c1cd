"""All pages of the room: those of the agency's team, and those open to a link or to anyone."""

from survey_app.scores import sharing_views
from survey_app.scores.client_views import client_blueprint
from survey_app.scores.method_views import method_blueprint
from survey_app.scores.views import blueprint

__all__ = ["blueprint", "client_blueprint", "method_blueprint", "sharing_views"]
