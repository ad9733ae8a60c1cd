"""All pages of the room on one blueprint."""

from survey_app.accounts import profile_views
from survey_app.accounts.views import blueprint

__all__ = ["blueprint", "profile_views"]
