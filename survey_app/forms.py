"""What the forms of every room share: how one is answered, and the one handler of what the rules refuse."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session
from wtforms import DateField
from wtforms.fields.choices import SelectChoice

from survey_app.db import transaction
from survey_app.errors import N_, Invalid, NotFound, Refusal
from survey_app.translation import LANGUAGE_NAMES, lazy_gettext
from survey_app.validation import FIRST_DAY, LAST_DAY, check_day
from survey_app.web import db_session, explain

FILL_IN = lazy_gettext("Fill in this field.")
LANGUAGE_CHOICES = [SelectChoice(language, name) for language, name in LANGUAGE_NAMES.items()]


def choices(labels: Mapping[Any, Any]) -> list[SelectChoice]:
    """Offer every word of a vocabulary."""
    return [SelectChoice(str(key), label) for key, label in labels.items()]


NO_DAY = N_("This is not a date. Write it like 2026-06-30.")


class DayField(DateField):
    """A day, as every form asks for one: of our times, so that days can be counted on from it."""

    data: Any

    def __init__(self, label: Any = None, validators: Any = None, **options: Any) -> None:
        bounds = {"min": FIRST_DAY.isoformat(), "max": LAST_DAY.isoformat()}
        super().__init__(label, validators, render_kw=bounds | options.pop("render_kw", {}), **options)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read what was typed; a day that cannot be is refused with what to write, and shown again as it was."""
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(explain(Invalid(NO_DAY))) from None
        try:
            if self.data is not None:
                check_day(self.data)
        except Invalid as refusal:
            self.data = None
            raise ValueError(explain(refusal)) from None


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
