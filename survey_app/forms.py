"""What the forms of every room share: how one is answered, and the one handler of what the rules refuse."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from survey_app.db import transaction
from survey_app.errors import Invalid, NotFound, Refusal
from survey_app.translation import LANGUAGE_NAMES, lazy_gettext
from survey_app.web import db_session, explain

FILL_IN = lazy_gettext("Fill in this field.")
LANGUAGE_CHOICES = [SelectChoice(language, name) for language, name in LANGUAGE_NAMES.items()]


def attempt(act: Callable[[Session], object]) -> Refusal | None:
    """Do what was asked in one transaction, or undo the whole of it and return why a rule refuses.

    What does not exist has no form to be shown on: it is answered with its own page.
    """
    try:
        with transaction(db_session()) as session:
            act(session)
    except NotFound:
        raise
    except Refusal as refusal:
        db_session().expire_all()
        return refusal
    return None


def save(form: Any, act: Callable[[Session], object]) -> bool:
    """Do what a valid form asks, or show the refusal at its field with nothing typed lost."""
    if not form.validate_on_submit():
        return False
    refusal = attempt(act)
    if refusal is not None:
        show_on_form(form, refusal)
    return refusal is None


def status_of(form: Any) -> int:
    """Return the status of a page that shows a form: 400 for what cannot be read, the rule's own where one refused."""
    if not form.is_submitted():
        return 200
    return getattr(form, "refused_with", Invalid.status)


def show_on_form(form: Any, refusal: Refusal) -> int:
    """Show a refusal at the field that it is about, keep all that was typed, and return the status."""
    form.refused_with = refusal.status
    field = form[refusal.field] if refusal.field and refusal.field in form else None
    if field is None:
        form.form_errors.append(explain(refusal))
    else:
        field.errors = [*field.errors, explain(refusal)]
    return refusal.status
