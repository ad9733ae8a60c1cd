"""The form of one line: its terms, the blanks that the paper leaves, its conversion table."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from survey_app.agreements.conversion import MAX_POINTS
from survey_app.agreements.drafting import Terms
from survey_app.agreements.fields import NumberField
from survey_app.agreements.forms import REQUIRED, choices
from survey_app.agreements.models import MAX_SENTENCE, Commitment
from survey_app.agreements.qualities import QUALITIES
from survey_app.agreements.vocabulary import Direction, Frequency, Measure, Obligor
from survey_app.agreements.wording import DIRECTIONS, FREQUENCIES, MEASURES, OBLIGORS
from survey_app.clients.models import MAX_NAME
from survey_app.forms import DayField
from survey_app.validation import CleanLine, CleanText

SHOWN_POINTS = 5
PARAMETER = "parameter_"


class PointForm(Form):  # type: ignore[misc] # WTForms publishes no types
    fact = StringField(lazy_gettext("Fact"))
    mark = StringField(lazy_gettext("Mark out of ten"))


class LineForm(FlaskForm):  # type: ignore[misc] # Flask-WTF publishes no types
    measure = SelectField(lazy_gettext("How it is measured"), validators=[InputRequired(REQUIRED)])
    obligor = SelectField(lazy_gettext("Who owes it"), choices=choices(OBLIGORS), validators=[InputRequired(REQUIRED)])
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
    threshold = NumberField(lazy_gettext("Threshold"), validators=[InputRequired(REQUIRED)])
    target = NumberField(lazy_gettext("Target"), validators=[Optional()])
    weight = NumberField(lazy_gettext("Weight"), validators=[InputRequired(REQUIRED)])
    frequency = SelectField(
        lazy_gettext("How often"), choices=choices(FREQUENCIES), validators=[InputRequired(REQUIRED)]
    )
    survey_share = NumberField(
        lazy_gettext("Survey's share, in percent"),
        validators=[Optional()],
        places=1,
    )
    direction = SelectField(
        lazy_gettext("Direction of the fact"),
        choices=choices(DIRECTIONS),
        validators=[InputRequired(REQUIRED)],
    )
    accountable = StringField(
        lazy_gettext("Who is accountable for the facts"), validators=[Optional(), CleanLine(MAX_NAME)]
    )
    conversion = FieldList(FormField(PointForm), max_entries=MAX_POINTS)
    is_paying = BooleanField(
        lazy_gettext("This line moves money"),
        description=lazy_gettext("Its mark counts in the agency's variable pay."),
    )
    sanction_acceptance = TextAreaField(
        lazy_gettext("Why both parties accept it nonetheless"),
        validators=[Optional(), CleanText(MAX_SENTENCE)],
    )
    is_internal = BooleanField(
        lazy_gettext("Internal line"),
        description=lazy_gettext("Measured for the agency alone: never shown to the client, never in the sheet."),
    )
    qualities = SelectMultipleField(
        lazy_gettext("The nine qualities of an indicator"),
        validate_choice=False,
        choices=list(QUALITIES),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def fill(self, line: Commitment) -> None:
        """Show the terms of a line; a percentage is easier to read than a share."""
        for name in (
            "objective",
            "objective_on",
            "threshold",
            "target",
            "weight",
            "written_measure",
            "accountable",
            "is_paying",
            "sanction_acceptance",
            "is_internal",
            "qualities",
        ):
            self[name].data = getattr(line, name)
        for name in ("measure", "obligor", "frequency", "direction"):
            self[name].data = getattr(line, name).value
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
            qualities=[key for key in QUALITIES if key in (self.qualities.data or [])],
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
