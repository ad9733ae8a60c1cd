"""What the forms of every room share."""

from collections.abc import Sequence
from typing import Any

from wtforms import DateField

from survey_app.errors import N_, Invalid, Refusal
from survey_app.validation import FIRST_DAY, LAST_DAY, check_day
from survey_app.web import explain

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


def show_on_form(form: Any, refusal: Refusal) -> int:
    """Show a refusal at the field that it is about, keep all that was typed, and return the status."""
    field = form[refusal.field] if refusal.field and refusal.field in form else None
    if field is None:
        form.form_errors.append(explain(refusal))
    else:
        field.errors = [*field.errors, explain(refusal)]
    return refusal.status
