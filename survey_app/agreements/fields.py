"""Form fields for numbers as people write them: comma or point, nothing typed lost."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from wtforms import StringField

from survey_app.agreements.content import plain_decimal
from survey_app.agreements.conversion import read_number
from survey_app.errors import Invalid
from survey_app.i18n import current_language


def shown_number(value: Decimal | None) -> str:
    text = plain_decimal(value) or ""
    return text.replace(".", ",") if current_language() == "fr" else text


class NumberField(StringField):  # type: ignore[misc] # WTForms publishes no types
    """A decimal with at most this many places; the text typed stays in the field whatever it says."""

    def __init__(self, label: Any = None, validators: Any = None, *, places: int = 3, **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.places = places

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return shown_number(self.data)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        try:
            number = read_number(valuelist[0])
        except Invalid as refusal:
            raise ValueError(gettext(refusal.message, **refusal.values)) from None
        if (number * 10**self.places).denominator != 1:
            raise ValueError(gettext("Write at most %(places)s decimals.", places=self.places))
        self.data = Decimal(number.numerator) / Decimal(number.denominator)
