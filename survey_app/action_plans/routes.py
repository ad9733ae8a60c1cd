"""All pages of the room: the agency's on one blueprint, those of personal links on another."""

from survey_app.action_plans import editing_views, lifecycle_views
from survey_app.action_plans.public_views import public_blueprint
from survey_app.action_plans.views import blueprint

__all__ = ["blueprint", "editing_views", "lifecycle_views", "public_blueprint"]
