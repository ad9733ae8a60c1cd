"""All pages of the room: the agency's on one blueprint, those behind a personal link on another."""

from survey_app.action_plans import (
    action_views,
    breach_views,
    download_views,
    editing_views,
    feed_views,
    lifecycle_views,
    scope_views,
    yearly_views,
)
from survey_app.action_plans.public_views import blueprint as public_blueprint
from survey_app.action_plans.told import views as told_views
from survey_app.action_plans.views import blueprint

__all__ = [
    "action_views",
    "blueprint",
    "breach_views",
    "download_views",
    "editing_views",
    "feed_views",
    "lifecycle_views",
    "public_blueprint",
    "scope_views",
    "told_views",
    "yearly_views",
]
