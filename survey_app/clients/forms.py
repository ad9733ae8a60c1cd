"""Forms of the clients room."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired

from survey_app.clients.models import MAX_NAME, Civility, ContactRole
from survey_app.clients.reading import check_columns, guess_columns, understand
from survey_app.clients.service import MAX_POSTAL_ADDRESS
from survey_app.clients.vocabulary import HEADINGS, Column
from survey_app.forms import FILL_IN, LANGUAGE_CHOICES
from survey_app.tables.reading import TableKind
from survey_app.translation import lazy_gettext as _
from survey_app.validation import CleanLine, CleanText, Colour, Email, Key, Zone

ROLE_LABELS = {
    ContactRole.MARKETING: _("Marketing"),
    ContactRole.PURCHASING: _("Purchasing"),
    ContactRole.MANAGEMENT: _("General management"),
    ContactRole.COST_CONTROL: _("Cost control"),
    ContactRole.OTHER: _("Other"),
}
CIVILITY_LABELS = {
    Civility.NEUTRAL: _("Not said"),
    Civility.MADAM: _("Ms"),
    Civility.SIR: _("Mr"),
}
ROLE_CHOICES = [SelectChoice(role.value, label) for role, label in ROLE_LABELS.items()]
CIVILITY_CHOICES = [SelectChoice(civility.value, label) for civility, label in CIVILITY_LABELS.items()]
COLUMN_LABELS = {
    Column.NAME: _("First and last name"),
    Column.FIRST_NAME: _("First name"),
    Column.LAST_NAME: _("Last name"),
    Column.EMAIL: _("E-mail address"),
    Column.ROLE: _("Role"),
    Column.CIVILITY: _("Form of address"),
    Column.JOB_TITLE: _("Job title"),
    Column.LANGUAGE: _("Language"),
    Column.IS_SIGNATORY: _("Signs for the client"),
    Column.IS_OPPOSED: _("Opposed, unsubscribed"),
}
CONTACTS = TableKind(COLUMN_LABELS, HEADINGS, check_columns, guess_columns, understand)


class AgencyForm(FlaskForm):
    name = StringField(_("Name of the agency"), [DataRequired(FILL_IN), CleanLine(MAX_NAME)])
    postal_address = TextAreaField(
        _("Postal address"), [CleanText(MAX_POSTAL_ADDRESS)], description=_("It stands at the foot of the mails.")
    )
    privacy_contact = EmailField(
        _("Address for personal data questions"),
        [Email()],
        description=_("Contacts write there to object or to have their data erased."),
    )
    accent_colour = StringField(
        _("Accent colour"),
        [DataRequired(FILL_IN), Colour()],
        description=_("Like #1d4ed8; white text must be readable on it."),
    )


class ClientForm(FlaskForm):
    name = StringField(_("Name of the client"), [DataRequired(FILL_IN), CleanLine(MAX_NAME)])
    language = SelectField(
        _("Language"),
        [DataRequired(FILL_IN)],
        choices=LANGUAGE_CHOICES,
        description=_("Of their contacts, unless one has another."),
    )
    time_zone = StringField(
        _("Time zone"),
        [DataRequired(FILL_IN), Zone()],
        default="Europe/Paris",
        description=_("A deadline is the end of that day there."),
    )


class NewClientForm(ClientForm):
    key = StringField(
        _("Identifier"),
        [Key()],
        description=_("It stands in addresses and never changes; empty, it is made from the name."),
    )


class ContactForm(FlaskForm):
    civility = SelectField(_("Form of address"), [DataRequired(FILL_IN)], choices=CIVILITY_CHOICES)
    name = StringField(_("First and last name"), [DataRequired(FILL_IN), CleanLine(MAX_NAME)])
    email = EmailField(_("E-mail address"), [DataRequired(FILL_IN), Email()])
    role = SelectField(_("Role"), [DataRequired(FILL_IN)], choices=ROLE_CHOICES)
    job_title = StringField(_("Job title"), [CleanLine(MAX_NAME)])
    language = SelectField(_("Language"), [DataRequired(FILL_IN)], choices=LANGUAGE_CHOICES)
    is_signatory = BooleanField(
        _("Signs for the client"), description=_("Receives the agreement and the plans to accept.")
    )
