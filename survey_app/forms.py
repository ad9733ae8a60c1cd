"""What the forms of every room share."""

from typing import Any

from wtforms.fields.choices import SelectChoice

from survey_app.errors import Refusal
from survey_app.translation import LANGUAGE_NAMES, lazy_gettext
from survey_app.web import explain

FILL_IN = lazy_gettext("Fill in this field.")
LANGUAGE_CHOICES = [SelectChoice(language, name) for language, name in LANGUAGE_NAMES.items()]


def show_on_form(form: Any, refusal: Refusal) -> int:
    """Show a refusal at the field that it is about, keep all that was typed, and return the status."""
    field = form[refusal.field] if refusal.field and refusal.field in form else None
    if field is None:
        form.form_errors.append(explain(refusal))
    else:
        field.errors = [*field.errors, explain(refusal)]
    return refusal.status
