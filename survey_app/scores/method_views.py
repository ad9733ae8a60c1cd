"""The method in plain words, for anyone: what a purchasing director asks before signing."""

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext

from survey_app.accounts.access import public
from survey_app.accounts.session import find_viewer
from survey_app.charts.wave import Strip, draw_strip
from survey_app.i18n import LANGUAGES, current_language

method_blueprint = Blueprint("method", __name__)

# Five answers out of six: what the page explains, drawn.
EXAMPLE = (6.0, 7.0, 7.0, 8.0, 9.0)


@method_blueprint.get("/method")
@public
def method() -> str:
    viewer = find_viewer()
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        g.language = asked
    elif viewer:
        g.language = viewer.language
    other: str = {"fr": "en", "en": "fr"}[current_language()]
    return render_template(
        "scores/method.html",
        drawing=draw_strip(Strip(gettext("Five marks out of six"), 7.0, "7", 7.4, 37 / 6, 47 / 6, EXAMPLE)),
        switch_url=url_for("method.method", lang=other),
    )
