"""The blueprint that all campaign pages share, and the questionnaires at hand."""

from flask import Blueprint, current_app

from survey_app.questionnaires import Library

blueprint = Blueprint("campaigns", __name__)


def library() -> Library:
    found: Library = current_app.extensions["survey_questionnaires"]
    return found
