"""Forms of the accounts room."""

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, EqualTo
from wtforms.widgets import CheckboxInput, ListWidget

from survey_app.accounts.access import Role
from survey_app.accounts.models import MAX_NAME
from survey_app.accounts.rules import MIN_PASSWORD
from survey_app.forms import FILL_IN, LANGUAGE_CHOICES
from survey_app.translation import lazy_gettext as _
from survey_app.translation import lazy_pgettext
from survey_app.validation import CleanLine, Email

ROLE_LABELS = {
    Role.ADMINISTRATOR: _("Administrator"),
    Role.QUALITY_LEAD: _("Quality lead"),
    Role.ACCOUNT_MANAGER: _("Account manager"),
    Role.FINANCE: lazy_pgettext("role of a colleague", "Finance"),
}
ROLE_CHOICES = [SelectChoice(role.value, label) for role, label in ROLE_LABELS.items()]
NEW_PASSWORD_HELP = _("At least %(min)s characters; a sentence is easy to keep.", min=MIN_PASSWORD)


class NewPasswordField(PasswordField):
    def __init__(self, label: str, **kwargs: object) -> None:
        super().__init__(label, render_kw={"autocomplete": "new-password"}, **kwargs)


class SignInForm(FlaskForm):
    email = EmailField(
        _("E-mail address"),
        [DataRequired(FILL_IN), CleanLine(254)],
        render_kw={"autocomplete": "username", "autofocus": True},
    )
    password = PasswordField(_("Password"), [DataRequired(FILL_IN)], render_kw={"autocomplete": "current-password"})


class CodeForm(FlaskForm):
    code = StringField(
        _("Code"),
        [DataRequired(FILL_IN), CleanLine(40)],
        render_kw={"autocomplete": "one-time-code", "autofocus": True},
    )


class ForgottenForm(FlaskForm):
    email = EmailField(_("E-mail address"), [DataRequired(FILL_IN), Email()], render_kw={"autocomplete": "username"})


class NewPasswordForm(FlaskForm):
    password = NewPasswordField(_("New password"), validators=[DataRequired(FILL_IN)], description=NEW_PASSWORD_HELP)
    repeated = NewPasswordField(
        _("New password again"),
        validators=[DataRequired(FILL_IN), EqualTo("password", _("The two passwords differ. Type both again."))],
    )


class ChangePasswordForm(NewPasswordForm):
    current_password = PasswordField(
        _("Current password"), [DataRequired(FILL_IN)], render_kw={"autocomplete": "current-password"}
    )


class ProfileForm(FlaskForm):
    name = StringField(_("Name"), [DataRequired(FILL_IN), CleanLine(MAX_NAME)], render_kw={"autocomplete": "name"})
    language = SelectField(_("Language"), [DataRequired(FILL_IN)], choices=LANGUAGE_CHOICES)


class ClientsField(SelectMultipleField):
    """The clients that a person works for, as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class UserForm(FlaskForm):
    name = StringField(_("Name"), [DataRequired(FILL_IN), CleanLine(MAX_NAME)], render_kw={"autocomplete": "off"})
    role = SelectField(lazy_pgettext("access rights", "Role"), [DataRequired(FILL_IN)], choices=ROLE_CHOICES)
    sees_all_clients = BooleanField(
        _("Works for all clients"), description=_("Administrators always do."), default=False
    )
    client_ids = ClientsField(_("Clients"), coerce=int)
    active = BooleanField(_("May sign in"), description=_("Without it the account is closed at once."), default=True)


class NewUserForm(UserForm):
    email = EmailField(_("E-mail address"), [DataRequired(FILL_IN), Email()], render_kw={"autocomplete": "off"})
    language = SelectField(_("Language"), [DataRequired(FILL_IN)], choices=LANGUAGE_CHOICES)
    password = NewPasswordField(
        _("First password"),
        validators=[DataRequired(FILL_IN)],
        description=_("Give it to the person yourself; they change it on their own page."),
    )
