"""What the columns of an import are called on the screen."""

from survey_app.clients.importing.columns import Column
from survey_app.translation import lazy_gettext as _

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
}
