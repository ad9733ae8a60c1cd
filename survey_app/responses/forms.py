"""The forms of the staff's pages about answering."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, SelectChoice
from wtforms.validators import InputRequired

from survey_app.campaigns.vocabulary import DISCLOSURES, MODES


class PrivacyForm(FlaskForm):
    mode = RadioField(
        lazy_gettext("Who may know who said what"),
        choices=[SelectChoice(mode.value, label) for mode, label in MODES.items()],
        validators=[InputRequired(lazy_gettext("Choose a mode."))],
    )
    disclosure = RadioField(
        lazy_gettext("What the client receives"),
        choices=[SelectChoice(each.value, label) for each, label in DISCLOSURES.items()],
        validators=[InputRequired(lazy_gettext("Choose what the client receives."))],
    )


class LookForm(FlaskForm):
    is_one_question_per_screen = BooleanField(lazy_gettext("One question per screen"))
    logo = FileField(lazy_gettext("Logo"))
    is_without_logo = BooleanField(lazy_gettext("Show the agency’s name instead of a logo"))
