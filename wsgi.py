"""What a WSGI server loads: `gunicorn wsgi:app` or `flask --app wsgi run`."""

import gc

from survey_app import create_app
from survey_app.settings import SettingsError

try:
    app = create_app()
except SettingsError as error:
    # A sentence is of more use than a traceback to whoever forgot a setting.
    raise SystemExit(f"Error: {error}") from None

# What the start has built stays: the collector need not walk through it again for every few hundred requests.
gc.collect()
gc.freeze()
