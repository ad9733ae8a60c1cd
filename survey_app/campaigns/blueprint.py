"""The blueprint that all campaign pages share, and the questionnaires at hand."""

from flask import Blueprint, current_app, url_for

from survey_app.questionnaires import Library

blueprint = Blueprint("campaigns", __name__)


def library() -> Library:
    found: Library = current_app.extensions["survey_questionnaires"]
    return found


def upper_page(endpoint: str, wave_id: int) -> str:
    """Return the page that a room above this one has for a wave, or nothing where the room is absent."""
    return url_for(endpoint, wave_id=wave_id) if endpoint in current_app.view_functions else ""
