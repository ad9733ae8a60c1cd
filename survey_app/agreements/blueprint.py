"""The blueprint that all agreement pages share, and the agreement behind an address."""

from flask import Blueprint

from survey_app.accounts.session import current_viewer
from survey_app.agreements.models import Agreement
from survey_app.agreements.queries import get_agreement
from survey_app.agreements.template_words import template_words
from survey_app.web import db_session

blueprint = Blueprint("agreements", __name__)
blueprint.context_processor(template_words)


def find_agreement(agreement_id: int) -> Agreement:
    return get_agreement(db_session(), current_viewer(), agreement_id)
