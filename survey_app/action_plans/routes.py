"""All pages of the room on one blueprint."""

from survey_app.action_plans import action_views, editing_views
from survey_app.action_plans.views import blueprint

__all__ = ["action_views", "blueprint", "editing_views"]
