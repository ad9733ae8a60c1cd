"""The pages behind a client's personal link, under what people were promised, and the method, open to anyone."""

from typing import Any

from flask import Blueprint, Response, g, render_template, request, url_for
from flask_babel import gettext

from survey_app.accounts.access import public
from survey_app.accounts.session import find_viewer
from survey_app.charts.wave import Strip, draw_strip
from survey_app.errors import N_, NotFound
from survey_app.i18n import LANGUAGES, current_language
from survey_app.scores.disclosure import Reader
from survey_app.scores.sharing import find_link
from survey_app.scores.views import csv_response, page_of, zip_response
from survey_app.web import db_session

client_blueprint = Blueprint("client_results", __name__)
method_blueprint = Blueprint("method", __name__)

# Five answers out of six: what the page of the method explains, drawn.
EXAMPLE = (6.0, 7.0, 7.0, 8.0, 9.0)


@client_blueprint.get("/s/results/<token>")
@public
def results(token: str) -> str:
    page = _opened(token)
    # What the address filters by is kept when the language changes.
    chosen: dict[str, Any] = {name: request.args[name] for name in ("theme", "only", "since") if name in request.args}
    return render_template(
        "scores/client.html",
        base=f"/s/results/{token}",
        switch_url=url_for("client_results.results", token=token, lang=_other_language(), **chosen),
        **page,
    )


@client_blueprint.get("/s/results/<token>.csv")
@public
def table_file(token: str) -> Response:
    return csv_response(_opened(token)["table"], "results")


@client_blueprint.get("/s/results/<token>.zip")
@public
def drawings_file(token: str) -> Response:
    return zip_response(_opened(token)["figures"], "results")


def _opened(token: str) -> dict[str, Any]:
    """Return what the link shows, in the language of the address, else of the person it was given to."""
    link = find_link(db_session(), token)
    if link is None:
        raise NotFound(N_("This link opens nothing. Use the most recent one that you received, whole."))
    _speak(link.contact.language)
    campaign = link.wave.campaign
    return page_of(link.wave, Reader.client(campaign.mode.value, campaign.disclosure.value))


@method_blueprint.get("/method")
@public
def method() -> str:
    """Explain the method in plain words: what a purchasing director asks before signing."""
    viewer = find_viewer()
    _speak(viewer.language if viewer else current_language())
    return render_template(
        "scores/method.html",
        drawing=draw_strip(Strip(gettext("Five marks out of six"), 7.0, "7", 7.4, 37 / 6, 47 / 6, EXAMPLE)),
        switch_url=url_for("method.method", lang=_other_language()),
    )


def _speak(usual: str) -> None:
    asked = request.args.get("lang")
    g.language = asked if asked in LANGUAGES else usual


def _other_language() -> str:
    return "en" if current_language() == "fr" else "fr"
