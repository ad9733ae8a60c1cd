"""Forms of the campaign pages."""

from collections.abc import Iterable
from datetime import date

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional

from survey_app.agreements.models import Agreement
from survey_app.campaigns.models import Disclosure, PrivacyMode, Recurrence
from survey_app.campaigns.service import Rhythm
from survey_app.campaigns.vocabulary import DISCLOSURES, KINDS, MODES, RECURRENCES
from survey_app.clients.rules import MAX_MESSAGE, MAX_SUBJECT
from survey_app.forms import DayField, choices
from survey_app.questionnaires import Questionnaire
from survey_app.validation import CleanLine, CleanText


class RhythmForm(FlaskForm):
    """When the waves of a campaign come, and when people are reminded."""

    recurrence = SelectField(lazy_gettext("Rhythm"), choices=choices(RECURRENCES))
    first_on = DayField(lazy_gettext("First day of the recurrence"), validators=[Optional()])
    n_days_open = IntegerField(
        lazy_gettext("Days to answer"), default=14, validators=[InputRequired(), NumberRange(1, 180)]
    )
    reminds_half_way = BooleanField(lazy_gettext("Remind those missing half-way"), default=True)
    reminds_last_day = BooleanField(lazy_gettext("Remind those missing on the last working day"), default=True)

    @property
    def rhythm(self) -> Rhythm:
        return Rhythm(
            recurrence=Recurrence(self.recurrence.data) if self.recurrence.data else None,
            first_on=self.first_on.data,
            n_days_open=self.n_days_open.data,
            reminds_half_way=self.reminds_half_way.data,
            reminds_last_day=self.reminds_last_day.data,
        )


class SettingsForm(RhythmForm):
    mode = SelectField(
        lazy_gettext("Who may know who said what"),
        choices=choices(MODES),
        validators=[InputRequired()],
        description=lazy_gettext("It can be made stricter later, never looser."),
    )
    disclosure = SelectField(
        lazy_gettext("What the client receives"),
        choices=choices(DISCLOSURES),
        default=Disclosure.OVERALL.value,
        validators=[InputRequired()],
        description=lazy_gettext("People are told before they answer. It can be narrowed later, never widened."),
    )

    def wanted_mode(self, present: PrivacyMode) -> PrivacyMode:
        """Return the chosen mode, or the present one where it can no longer be chosen here."""
        return PrivacyMode(self.mode.data) if "mode" in self else present

    def wanted_disclosure(self, present: Disclosure) -> Disclosure:
        """Return what the client is to receive, or what people were promised where it cannot be chosen here."""
        return Disclosure(self.disclosure.data) if "disclosure" in self else present


class CampaignForm(SettingsForm):
    title = StringField(lazy_gettext("Title"), validators=[InputRequired(), CleanLine(200)])
    agreement = SelectField(lazy_gettext("Agreement"), coerce=int, validators=[InputRequired()])
    kind = SelectField(lazy_gettext("Kind"), choices=choices(KINDS), validators=[InputRequired()])
    questionnaire = SelectField(lazy_gettext("Questionnaire"), validators=[InputRequired()])

    def offer(self, agreements: Iterable[Agreement], questionnaires: Iterable[Questionnaire], language: str) -> None:
        self.agreement.choices = [SelectChoice(str(each.id), each.title) for each in agreements]
        self.questionnaire.choices = [
            SelectChoice(each.key, each.title.in_language(language)) for each in questionnaires
        ]


class WaveForm(FlaskForm):
    title = StringField(lazy_gettext("Title"), validators=[InputRequired(), CleanLine(200)])
    starts_on = DayField(lazy_gettext("First day"), validators=[InputRequired()])
    ends_on = DayField(
        lazy_gettext("Last day"),
        validators=[InputRequired()],
        description=lazy_gettext("Answers are taken until the end of that day, in the client’s time."),
    )

    def suggest(self, title: str, starts_on: date, ends_on: date) -> None:
        self.title.data, self.starts_on.data, self.ends_on.data = title, starts_on, ends_on


class ExtensionForm(FlaskForm):
    ends_on = DayField(lazy_gettext("New last day"), validators=[InputRequired()])


class WordingForm(FlaskForm):
    subject = StringField(lazy_gettext("Subject"), validators=[InputRequired(), CleanLine(MAX_SUBJECT)])
    message = TextAreaField(
        lazy_gettext("Message"),
        validators=[InputRequired(), CleanText(MAX_MESSAGE)],
        description=lazy_gettext("An empty line starts a new paragraph."),
        render_kw={"rows": 12},
    )


class AddressForm(FlaskForm):
    email = StringField(lazy_gettext("Corrected address"), validators=[InputRequired(), CleanLine(254)])
