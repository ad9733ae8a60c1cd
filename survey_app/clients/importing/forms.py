"""The form of an import."""

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired


class FileForm(FlaskForm):
    file = FileField(_("File"), [FileRequired(_("Choose a file."))], render_kw={"accept": ".csv,.txt,.xlsx"})
