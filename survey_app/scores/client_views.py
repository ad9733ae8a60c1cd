"""The client's own view of its results, behind a personal link: what people were promised, never an internal line."""

from typing import Any

from flask import Blueprint, Response, g, render_template, request, url_for

from survey_app.accounts.access import public
from survey_app.errors import N_, NotFound
from survey_app.i18n import LANGUAGES, current_language
from survey_app.scores.disclosure import Reader
from survey_app.scores.models import ResultLink
from survey_app.scores.sharing import find_link
from survey_app.scores.views import csv_response, page_of, zip_response
from survey_app.web import db_session, refuse_foreign_origin

client_blueprint = Blueprint("client_results", __name__)
client_blueprint.before_request(refuse_foreign_origin)


@client_blueprint.get("/s/results/<token>")
@public
def results(token: str) -> str:
    link = _opened(token)
    other = "en" if current_language() == "fr" else "fr"
    return render_template(
        "scores/client.html",
        base=f"/s/results/{token}",
        contact=link.contact,
        switch_url=url_for("client_results.results", token=token, lang=other, **_choice()),
        **page_of(link.wave, _reader(link)),
    )


@client_blueprint.get("/s/results/<token>.csv")
@public
def table_file(token: str) -> Response:
    link = _opened(token)
    return csv_response(page_of(link.wave, _reader(link))["table"], "results")


@client_blueprint.get("/s/results/<token>.zip")
@public
def drawings_file(token: str) -> Response:
    link = _opened(token)
    return zip_response(page_of(link.wave, _reader(link))["figures"], "results")


def _choice() -> dict[str, Any]:
    """Return what the address filters by, to be kept when the language changes."""
    return {name: request.args[name] for name in ("theme", "only", "since") if name in request.args}


def _opened(token: str) -> ResultLink:
    link = find_link(db_session(), token)
    if link is None:
        raise NotFound(N_("This link opens nothing. Use the most recent one that you received, whole."))
    asked = request.args.get("lang")
    g.language = asked if asked in LANGUAGES else link.contact.language
    return link


def _reader(link: ResultLink) -> Reader:
    return Reader.client(link.wave.campaign.mode.value, link.wave.campaign.disclosure.value)
