"""The forms of agreements: period, signatories, one line with its blanks, an indicator of the agency's own."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, NumberRange, Optional

from survey_app.agreements.content import load_starting_points, plain_decimal
from survey_app.agreements.drafting import Terms
from survey_app.agreements.models import MAX_SENTENCE, MAX_TITLE, Commitment
from survey_app.agreements.rules import MAX_POINTS
from survey_app.agreements.vocabulary import (
    DIRECTIONS,
    FREQUENCIES,
    THEMES,
    UNITS,
    Direction,
    Frequency,
    Measure,
    Obligor,
)
from survey_app.catalogue.models import MAX_LABEL
from survey_app.catalogue.rules import MAX_LENGTH, OwnDefinition
from survey_app.catalogue.vocabulary import MEASURES, OBLIGORS, PRINTED_MEASURES
from survey_app.clients.forms import ROLE_LABELS
from survey_app.clients.models import MAX_NAME, Contact, ContactRole
from survey_app.errors import Invalid
from survey_app.forms import FILL_IN, DayField, choices
from survey_app.i18n import current_language
from survey_app.tables.rules import read_quantity
from survey_app.validation import CleanLine, CleanText

SHOWN_POINTS = 5
PARAMETER = "parameter_"
# The terms of a line that the form shows in another shape.
SHOWN_APART = ("survey_share", "parameters", "conversion")
LETTERS = "abcdef"


def shown_number(value: Decimal | None) -> str:
    text = plain_decimal(value) or ""
    return text.replace(".", ",") if current_language() == "fr" else text


class NumberField(StringField):
    """A decimal with at most this many places; the text typed stays in the field whatever it says."""

    def __init__(
        self,
        label: Any = None,
        validators: Any = None,
        *,
        places: int = 3,
        is_below_thousand: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(label, validators, **options)
        self.places, self.is_below_thousand = places, is_below_thousand

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return shown_number(self.data)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            number = read_quantity(valuelist[0], is_below_thousand=self.is_below_thousand)
        except Invalid as refusal:
            raise ValueError(gettext(refusal.message, **refusal.values)) from None
        if (number * 10**self.places).denominator != 1:
            raise ValueError(gettext("Write at most %(places)s decimals.", places=self.places))
        self.data = Decimal(number.numerator) / Decimal(number.denominator)


class PeriodFields(FlaskForm):
    starts_on = DayField(lazy_gettext("First day"), validators=[InputRequired(FILL_IN)])
    ends_on = DayField(lazy_gettext("Last day"), validators=[InputRequired(FILL_IN)])


class AgreementForm(PeriodFields):
    title = StringField(
        lazy_gettext("Title"),
        validators=[InputRequired(FILL_IN), CleanLine(MAX_TITLE)],
        description=lazy_gettext("As both parties will read it, for example “Service agreement 2026”."),
    )
    starting_point = RadioField(lazy_gettext("Start from"), default="light")

    def offer(self, language: str) -> None:
        points = load_starting_points().values()
        self.starting_point.choices = [SelectChoice(point.key, point.title(language)) for point in points] + [
            SelectChoice("", lazy_gettext("An empty page"))
        ]

    def suggest(self, title: str, year: int) -> None:
        self.title.data = title
        self.starts_on.data, self.ends_on.data = date(year, 1, 1), date(year, 12, 31)


class PeriodForm(PeriodFields):
    rounding_digits = IntegerField(
        lazy_gettext("Decimals printed"),
        validators=[InputRequired(FILL_IN), NumberRange(0, 6)],
        description=lazy_gettext("Rounding is for print alone: verdicts compare exact scores."),
    )


class RoleSharesForm(FlaskForm):
    """One share a role, in percent."""

    marketing = NumberField(ROLE_LABELS[ContactRole.MARKETING])
    purchasing = NumberField(ROLE_LABELS[ContactRole.PURCHASING])
    management = NumberField(ROLE_LABELS[ContactRole.MANAGEMENT])
    cost_control = NumberField(ROLE_LABELS[ContactRole.COST_CONTROL])
    other = NumberField(ROLE_LABELS[ContactRole.OTHER])


class SignatoryForm(FlaskForm):
    """Who stands for each party: a contact of the client, a name of the agency."""

    contact = SelectField(lazy_gettext("The client's signatory"), coerce=int, validators=[InputRequired(FILL_IN)])
    agency_signatory = StringField(
        lazy_gettext("Who validates for the agency"),
        validators=[InputRequired(FILL_IN), CleanLine(MAX_NAME)],
    )

    def offer(self, contacts: Iterable[Contact]) -> None:
        self.contact.choices = [SelectChoice(each.id, f"{each.name} – {each.email}") for each in contacts]


class ProposeForm(SignatoryForm):
    message = TextAreaField(lazy_gettext("A word to the signatory"), validators=[Optional(), CleanText(MAX_SENTENCE)])


class ValidateForm(SignatoryForm):
    client_signatory = StringField(
        lazy_gettext("Who validates for the client"),
        validators=[InputRequired(FILL_IN), CleanLine(MAX_NAME)],
        description=lazy_gettext("The person who signed the paper that you both hold."),
    )
    contact = SelectField(
        lazy_gettext("Who receives the sealed copy for the client"),
        coerce=int,
        validators=[InputRequired(FILL_IN)],
        description=lazy_gettext("With a personal link to the agreement and to its facts."),
    )
    is_signed = BooleanField(
        lazy_gettext("Both parties have signed this exact content"), validators=[InputRequired(FILL_IN)]
    )


class PointForm(Form):
    fact = StringField(lazy_gettext("Fact"))
    mark = StringField(lazy_gettext("Mark out of ten"))


class LineForm(FlaskForm):
    measure = SelectField(lazy_gettext("How it is measured"), validators=[InputRequired(FILL_IN)])
    obligor = SelectField(lazy_gettext("Who owes it"), choices=choices(OBLIGORS), validators=[InputRequired(FILL_IN)])
    written_measure = TextAreaField(
        lazy_gettext("The measure, in words"),
        validators=[Optional(), CleanText(MAX_SENTENCE)],
        description=lazy_gettext("What exactly is counted or asked, where the catalogue does not say it."),
    )
    objective = TextAreaField(
        lazy_gettext("Objective, in words"),
        validators=[Optional(), CleanText(MAX_SENTENCE)],
        description=lazy_gettext("Simple, measurable, ambitious, realistic."),
    )
    objective_on = DayField(lazy_gettext("To be reached by"), validators=[Optional()])
    threshold = NumberField(lazy_gettext("Threshold"), validators=[InputRequired(FILL_IN)])
    target = NumberField(lazy_gettext("Target"), validators=[Optional()])
    weight = NumberField(lazy_gettext("Weight"), validators=[InputRequired(FILL_IN)])
    frequency = SelectField(
        lazy_gettext("How often"), choices=choices(FREQUENCIES), validators=[InputRequired(FILL_IN)]
    )
    survey_share = NumberField(
        lazy_gettext("Survey's share, in percent"),
        validators=[Optional()],
        places=1,
    )
    direction = SelectField(
        lazy_gettext("Direction of the fact"),
        choices=choices(DIRECTIONS),
        validators=[InputRequired(FILL_IN)],
    )
    accountable = StringField(
        lazy_gettext("Who is accountable for the facts"), validators=[Optional(), CleanLine(MAX_NAME)]
    )
    conversion = FieldList(FormField(PointForm), max_entries=MAX_POINTS)
    is_paying = BooleanField(
        lazy_gettext("This line moves money"),
        description=lazy_gettext(
            "Its mark counts in the agency's variable pay. It needs a target and the day to reach it."
        ),
    )
    sanction_acceptance = TextAreaField(
        lazy_gettext("Why both parties accept it nonetheless"),
        validators=[Optional(), CleanText(MAX_SENTENCE)],
    )
    is_internal = BooleanField(
        lazy_gettext("Internal line"),
        description=lazy_gettext("Measured for the agency alone: never shown to the client, never in the sheet."),
    )

    def fill(self, line: Commitment) -> None:
        """Show the terms of a line; a percentage is easier to read than a share."""
        for name in Terms.__annotations__:
            value = getattr(line, name)
            if name not in SHOWN_APART:
                self[name].data = value.value if isinstance(value, StrEnum) else value
        self.survey_share.data = None if line.survey_share is None else line.survey_share * 100
        for key, value in line.parameters.items():
            if PARAMETER + key in self:
                self[PARAMETER + key].data = value
        rows = line.conversion or []
        for fact, mark in rows + [["", ""]] * (SHOWN_POINTS - len(rows)):
            self.conversion.append_entry({"fact": fact, "mark": mark})

    def terms(self, parameters: Mapping[str, str]) -> Terms:
        """Return what was typed as the terms of a line."""
        share = self.survey_share.data
        is_mixed = self.measure.data == Measure.MIXED.value
        rows = [[row["fact"] or "", row["mark"] or ""] for row in self.conversion.data]
        return Terms(
            measure=Measure(self.measure.data),
            obligor=Obligor(self.obligor.data),
            direction=Direction(self.direction.data),
            frequency=Frequency(self.frequency.data),
            objective=self.objective.data or "",
            objective_on=self.objective_on.data,
            threshold=self.threshold.data or Decimal(0),
            target=self.target.data,
            weight=self.weight.data or Decimal(0),
            survey_share=share / 100 if is_mixed and share is not None else None,
            conversion=[row for row in rows if any(cell.strip() for cell in row)] or None,
            parameters={**parameters, **self._typed_parameters()},
            written_measure=self.written_measure.data or "",
            accountable=self.accountable.data or "",
            sanction_acceptance=self.sanction_acceptance.data or "",
            is_paying=self.is_paying.data,
            is_internal=self.is_internal.data,
        )

    def _typed_parameters(self) -> dict[str, str]:
        return {
            name.removeprefix(PARAMETER): str(field.data or "")
            for name, field in self._fields.items()
            if name.startswith(PARAMETER)
        }

    @property
    def parameter_fields(self) -> list[Any]:
        return [field for name, field in self._fields.items() if name.startswith(PARAMETER)]


def line_form_class(labels: Mapping[str, str]) -> type[LineForm]:
    """Return the form with one more field for each blank that this indicator leaves to the parties."""
    fields = {
        PARAMETER + key: StringField(text, validators=[Optional(), CleanLine(MAX_SENTENCE)])
        for key, text in labels.items()
    }
    return type("LineFormWithParameters", (LineForm,), fields)


def measures_offered(printed: str, expression: str) -> dict[Any, Any]:
    """Return the measures that an indicator allows: facts need a formula."""
    if printed == "contractual":
        return {Measure.CONTRACTUAL: MEASURES[Measure.CONTRACTUAL]}
    if not expression:
        return {Measure.SURVEY: MEASURES[Measure.SURVEY]}
    return {key: label for key, label in MEASURES.items() if key is not Measure.CONTRACTUAL}


def _name_field(label: Any) -> StringField:
    return StringField(label, validators=[InputRequired(FILL_IN), CleanLine(MAX_LABEL)])


class OwnIndicatorForm(FlaskForm):
    label_fr = _name_field(lazy_gettext("Name in French"))
    label_en = _name_field(lazy_gettext("Name in English"))
    purpose_fr = TextAreaField(lazy_gettext("Purpose in French"), validators=[Optional(), CleanText(MAX_SENTENCE)])
    purpose_en = TextAreaField(lazy_gettext("Purpose in English"), validators=[Optional(), CleanText(MAX_SENTENCE)])
    theme = SelectField(lazy_gettext("Theme"), choices=choices(THEMES), validators=[InputRequired(FILL_IN)])
    obligor = SelectField(lazy_gettext("Who owes it"), choices=choices(OBLIGORS), validators=[InputRequired(FILL_IN)])
    measure = SelectField(
        lazy_gettext("How it is measured"),
        choices=choices(PRINTED_MEASURES),
        validators=[InputRequired(FILL_IN)],
    )
    unit = SelectField(
        lazy_gettext("Unit"), choices=choices(UNITS), default="percent", validators=[InputRequired(FILL_IN)]
    )
    direction = SelectField(
        lazy_gettext("Direction of the fact"),
        choices=choices(DIRECTIONS),
        validators=[InputRequired(FILL_IN)],
    )
    expression = StringField(
        lazy_gettext("Formula"),
        validators=[Optional(), CleanLine(MAX_LENGTH)],
        description=lazy_gettext("With the letters of the counts, for example 100 * a / b."),
    )

    def definition(self) -> OwnDefinition:
        return OwnDefinition(
            theme=self.theme.data,
            label_fr=self.label_fr.data,
            label_en=self.label_en.data,
            purpose_fr=self.purpose_fr.data or "",
            purpose_en=self.purpose_en.data or "",
            measure=self.measure.data,
            obligor=self.obligor.data,
            unit=self.unit.data,
            direction=self.direction.data,
            expression=self.expression.data or "",
            counts=self._counts(),
        )

    def _counts(self) -> list[dict[str, str]]:
        rows = [(letter, self[f"{letter}_fr"].data, self[f"{letter}_en"].data) for letter in LETTERS]
        return [{"key": key, "fr": fr or en, "en": en or fr} for key, fr, en in rows if fr or en]

    def show_counts(self, counts: Sequence[Mapping[str, str]]) -> None:
        for count in counts:
            self[f"{count['key']}_fr"].data, self[f"{count['key']}_en"].data = count["fr"], count["en"]

    @property
    def count_rows(self) -> list[tuple[str, Any, Any]]:
        return [(letter, self[f"{letter}_fr"], self[f"{letter}_en"]) for letter in LETTERS]


for _letter in LETTERS:
    for _language in ("fr", "en"):
        setattr(
            OwnIndicatorForm,
            f"{_letter}_{_language}",
            StringField(f"{_letter} ({_language})", validators=[Optional(), CleanLine(MAX_LABEL)]),
        )
