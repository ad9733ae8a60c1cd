"""The blueprint that all agreement pages share, and the way in which they save."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint
from sqlalchemy.orm import Session

from survey_app.accounts.session import current_viewer
from survey_app.agreements.models import Agreement
from survey_app.agreements.queries import get_agreement
from survey_app.agreements.template_words import template_words
from survey_app.db import transaction
from survey_app.errors import Refusal
from survey_app.forms import show_on_form
from survey_app.web import db_session

blueprint = Blueprint("agreements", __name__)
blueprint.context_processor(template_words)


def find_agreement(agreement_id: int) -> Agreement:
    return get_agreement(db_session(), current_viewer(), agreement_id)


def save(form: Any, act: Callable[[Session], object]) -> bool:
    """Do what a valid form asks, or show the refusal at its field with nothing typed lost."""
    if not form.validate_on_submit():
        return False
    try:
        with transaction(db_session()) as session:
            act(session)
    except Refusal as refusal:
        show_on_form(form, refusal)
        return False
    return True


def status_of(form: Any) -> int:
    """Return the status of a page that shows a form: what was refused is not a success."""
    return 400 if form.is_submitted() else 200
