"""The blueprint that all campaign pages share, and the questionnaires at hand."""

from flask import Blueprint, current_app, url_for

from survey_app.errors import N_, Refusal
from survey_app.questionnaires import Library, Questionnaire, UnknownQuestionnaireError

blueprint = Blueprint("campaigns", __name__)


def library() -> Library:
    found: Library = current_app.extensions["survey_questionnaires"]
    return found


def questionnaire_of(key: str) -> Questionnaire:
    """Return the latest published version, or say that the folder no longer holds it."""
    try:
        return library().get(key)
    except UnknownQuestionnaireError:
        raise Refusal(
            N_("The questionnaire %(key)s is no longer published. Put it back into the folder, then go on."), key=key
        ) from None


def upper_page(endpoint: str, wave_id: int) -> str:
    """Return the page that a room above this one has for a wave, or nothing where the room is absent."""
    return url_for(endpoint, wave_id=wave_id) if endpoint in current_app.view_functions else ""
