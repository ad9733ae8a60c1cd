"""All pages of the room on one blueprint."""

from survey_app.clients import contact_views, staff_views
from survey_app.clients.views import blueprint

__all__ = ["blueprint", "contact_views", "staff_views"]
