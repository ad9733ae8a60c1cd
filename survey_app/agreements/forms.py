"""Forms of the agreement's pages."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional

from survey_app.agreements.models import MAX_SENTENCE, MAX_TITLE
from survey_app.agreements.starting_points import load_starting_points
from survey_app.clients.models import MAX_NAME, Contact
from survey_app.forms import DayField
from survey_app.validation import CleanLine, CleanText

REQUIRED = lazy_gettext("Fill in this field.")


def choices(labels: Mapping[Any, Any]) -> list[SelectChoice]:
    return [SelectChoice(str(key), label) for key, label in labels.items()]


class AgreementForm(FlaskForm):
    title = StringField(
        lazy_gettext("Title"),
        validators=[InputRequired(REQUIRED), CleanLine(MAX_TITLE)],
        description=lazy_gettext("As both parties will read it, for example “Service agreement 2026”."),
    )
    starts_on = DayField(lazy_gettext("First day"), validators=[InputRequired(REQUIRED)])
    ends_on = DayField(lazy_gettext("Last day"), validators=[InputRequired(REQUIRED)])
    starting_point = RadioField(lazy_gettext("Start from"), default="light")

    def offer(self, language: str) -> None:
        points = load_starting_points().values()
        self.starting_point.choices = [SelectChoice(point.key, point.title(language)) for point in points] + [
            SelectChoice("", lazy_gettext("An empty page"))
        ]

    def suggest(self, title: str, year: int) -> None:
        self.title.data = title
        self.starts_on.data, self.ends_on.data = date(year, 1, 1), date(year, 12, 31)


class PeriodForm(FlaskForm):
    starts_on = DayField(lazy_gettext("First day"), validators=[InputRequired(REQUIRED)])
    ends_on = DayField(lazy_gettext("Last day"), validators=[InputRequired(REQUIRED)])
    rounding_digits = IntegerField(
        lazy_gettext("Decimals printed"),
        validators=[InputRequired(REQUIRED), NumberRange(0, 6)],
        description=lazy_gettext("Rounding is for print alone: verdicts compare exact scores."),
    )


def contact_choices(contacts: Iterable[Contact]) -> list[SelectChoice]:
    return [SelectChoice(contact.id, f"{contact.name} – {contact.email}") for contact in contacts]


class ProposeForm(FlaskForm):
    contact = SelectField(lazy_gettext("The client's signatory"), coerce=int, validators=[InputRequired(REQUIRED)])
    agency_signatory = StringField(
        lazy_gettext("Who validates for the agency"),
        validators=[InputRequired(REQUIRED), CleanLine(MAX_NAME)],
    )
    message = TextAreaField(lazy_gettext("A word to the signatory"), validators=[Optional(), CleanText(MAX_SENTENCE)])

    def offer(self, contacts: Iterable[Contact]) -> None:
        self.contact.choices = contact_choices(contacts)


class ValidateForm(FlaskForm):
    agency_signatory = StringField(
        lazy_gettext("Who validates for the agency"),
        validators=[InputRequired(REQUIRED), CleanLine(MAX_NAME)],
    )
    client_signatory = StringField(
        lazy_gettext("Who validates for the client"),
        validators=[InputRequired(REQUIRED), CleanLine(MAX_NAME)],
        description=lazy_gettext("The person who signed the paper that you both hold."),
    )
    contact = SelectField(
        lazy_gettext("Who receives the sealed copy for the client"),
        coerce=int,
        validators=[InputRequired(REQUIRED)],
        description=lazy_gettext("With a personal link to the agreement and to its facts."),
    )
    is_signed = BooleanField(
        lazy_gettext("Both parties have signed this exact content"), validators=[InputRequired(REQUIRED)]
    )

    def offer(self, contacts: Iterable[Contact]) -> None:
        self.contact.choices = contact_choices(contacts)
