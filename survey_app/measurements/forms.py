"""Forms of the facts and of the contract evidence."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction
from functools import partial
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from sqlalchemy.orm import Session
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from survey_app.agreements.forms import NumberField
from survey_app.agreements.models import AgreementVersion
from survey_app.clients.models import MAX_NAME
from survey_app.forms import FILL_IN, DayField
from survey_app.measurements.models import MAX_NOTE
from survey_app.measurements.reading import HEADINGS, FactColumn, Gathered, check_columns, guess_columns, understand
from survey_app.measurements.rules import CountAsked, Period, check_count
from survey_app.measurements.service import check_facts
from survey_app.tables.reading import TableKind
from survey_app.tables.rules import spell_number
from survey_app.validation import CleanLine, CleanText, Email

COUNT = "count_"
COLUMN_LABELS = {
    FactColumn.INDICATOR: lazy_gettext("Line"),
    FactColumn.COUNT: lazy_gettext("Count"),
    FactColumn.VALUE: lazy_gettext("Value"),
    FactColumn.DATE: lazy_gettext("Counted on"),
    FactColumn.NOTE: lazy_gettext("Note"),
    FactColumn.PERIOD: lazy_gettext("Period"),
}


def facts_table(
    session: Session, version: AgreementVersion, period: Period, now: datetime
) -> TableKind[FactColumn, Gathered]:
    """Return how a table of the facts of a period is read, with all that keeps them from being entered."""
    return TableKind(
        COLUMN_LABELS,
        HEADINGS,
        check_columns,
        partial(guess_columns, version),
        lambda table, columns: check_facts(session, period, understand(version, period, table, columns), now),
    )


FILE_HELP = lazy_gettext("PDF, image, spreadsheet, Word document or text, 10 MB at most.")


class FactsForm(FlaskForm):
    observed_on = DayField(
        lazy_gettext("Counted on"),
        validators=[InputRequired(FILL_IN)],
        description=lazy_gettext("A day of the period."),
    )
    note = TextAreaField(
        lazy_gettext("Note"),
        validators=[Optional(), CleanText(MAX_NOTE)],
        description=lazy_gettext("Where the counts come from; needed to correct a validated fact."),
    )
    file = FileField(lazy_gettext("Evidence"), validators=[Optional()], description=FILE_HELP)

    @property
    def count_fields(self) -> list[Any]:
        return [field for name, field in self._fields.items() if name.startswith(COUNT)]

    def counts(self) -> dict[str, Fraction]:
        """Return the counts that were typed; an empty one is not counted, which differs from 0."""
        return {
            name.removeprefix(COUNT): check_count(name.removeprefix(COUNT), field.data)
            for name, field in self._fields.items()
            if name.startswith(COUNT) and (field.data or "").strip()
        }

    def show(self, counts: Mapping[str, str], observed_on: date) -> None:
        self.observed_on.data = observed_on
        for key, value in counts.items():
            if COUNT + key in self:
                self[COUNT + key].data = spell_number(Fraction(value))


def facts_form_class(asked: Sequence[CountAsked], language: str) -> type[FactsForm]:
    """Return the form with one field for each count of the line."""
    fields = {
        COUNT + count.key: StringField(
            count.label(language),
            validators=[InputRequired(FILL_IN) if count.is_required else Optional()],
            render_kw={"inputmode": "decimal", "autocomplete": "off", "data-count": count.key},
        )
        for count in asked
    }
    return type("FactsFormWithCounts", (FactsForm,), fields)


class DocumentForm(FlaskForm):
    title = StringField(
        lazy_gettext("Document"),
        validators=[InputRequired(FILL_IN), CleanLine(200)],
        description=lazy_gettext("Its title or the clause, as both parties can find it."),
    )
    owner = StringField(lazy_gettext("Its owner"), validators=[InputRequired(FILL_IN), CleanLine(MAX_NAME)])
    owner_email = StringField(
        lazy_gettext("The owner's e-mail address"),
        validators=[Optional(), Email()],
        description=lazy_gettext("Reminded 60, 30 and 7 days before the document falls due."),
    )
    reviewed_on = DayField(lazy_gettext("Reviewed on"), validators=[InputRequired(FILL_IN)])
    expires_on = DayField(lazy_gettext("Expires on"), validators=[Optional()])
    note = TextAreaField(lazy_gettext("Note"), validators=[Optional(), CleanText(MAX_NOTE)])
    file = FileField(lazy_gettext("The document itself"), validators=[Optional()], description=FILE_HELP)


class ProofForm(FlaskForm):
    tested_on = DayField(lazy_gettext("Tested on"), validators=[InputRequired(FILL_IN)])
    is_passed = BooleanField(lazy_gettext("The test passed"))
    measured = NumberField(lazy_gettext("Measured"), validators=[Optional()], is_below_thousand=False)
    note = TextAreaField(lazy_gettext("Note"), validators=[Optional(), CleanText(MAX_NOTE)])
    file = FileField(lazy_gettext("Report of the test"), validators=[Optional()], description=FILE_HELP)
