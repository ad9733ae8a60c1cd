"""The form of an indicator of the agency's own: names, measure, formula over lettered counts."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from survey_app.agreements.forms import REQUIRED, choices
from survey_app.agreements.models import MAX_SENTENCE
from survey_app.agreements.wording import DIRECTIONS, OBLIGORS, PRINTED_MEASURES, THEMES, UNITS
from survey_app.catalogue.models import MAX_LABEL
from survey_app.catalogue.rules import MAX_LENGTH, OwnDefinition
from survey_app.validation import CleanLine, CleanText

LETTERS = "abcdef"


def _name_field(label: Any) -> StringField:
    return StringField(label, validators=[InputRequired(REQUIRED), CleanLine(MAX_LABEL)])


class OwnIndicatorForm(FlaskForm):  # type: ignore[misc] # Flask-WTF publishes no types
    label_fr = _name_field(lazy_gettext("Name in French"))
    label_en = _name_field(lazy_gettext("Name in English"))
    purpose_fr = TextAreaField(lazy_gettext("Purpose in French"), validators=[Optional(), CleanText(MAX_SENTENCE)])
    purpose_en = TextAreaField(lazy_gettext("Purpose in English"), validators=[Optional(), CleanText(MAX_SENTENCE)])
    theme = SelectField(lazy_gettext("Theme"), choices=choices(THEMES), validators=[InputRequired(REQUIRED)])
    obligor = SelectField(lazy_gettext("Who owes it"), choices=choices(OBLIGORS), validators=[InputRequired(REQUIRED)])
    measure = SelectField(
        lazy_gettext("How it is measured"),
        choices=choices(PRINTED_MEASURES),
        validators=[InputRequired(REQUIRED)],
    )
    unit = SelectField(
        lazy_gettext("Unit"), choices=choices(UNITS), default="percent", validators=[InputRequired(REQUIRED)]
    )
    direction = SelectField(
        lazy_gettext("Direction of the fact"),
        choices=choices(DIRECTIONS),
        validators=[InputRequired(REQUIRED)],
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
