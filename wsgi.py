"""What a WSGI server loads: `gunicorn wsgi:app` or `flask --app wsgi run`."""

from survey_app import create_app
from survey_app.settings import SettingsError

try:
    app = create_app()
except SettingsError as error:
    # A sentence is of more use than a traceback to whoever forgot a setting.
    raise SystemExit(f"Error: {error}") from None
