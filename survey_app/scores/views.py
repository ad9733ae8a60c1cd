"""The results of a wave for the agency's team, and who at the client receives its own view of them."""

from collections.abc import Collection, Mapping
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Redirect

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns.models import Wave, WaveState
from survey_app.campaigns.queries import get_wave
from survey_app.catalogue.queries import agency_catalogue
from survey_app.catalogue.vocabulary import MEASURES, SUBJECTS
from survey_app.charts.files import Figure, Table, write_csv, write_drawings
from survey_app.clients.forms import ROLE_LABELS
from survey_app.clients.queries import list_contacts
from survey_app.clock import local_day
from survey_app.db import transaction
from survey_app.errors import N_, Invalid, NotFound
from survey_app.forms import attempt
from survey_app.i18n import current_language
from survey_app.scores.changes import read_moves
from survey_app.scores.disclosure import Reader
from survey_app.scores.facets import read_facets
from survey_app.scores.figures import lines_table, short, signed, wave_figures
from survey_app.scores.models import ResultLink
from survey_app.scores.queries import count_answered, count_invited, earlier_waves
from survey_app.scores.results import read_filter, read_results
from survey_app.scores.sharing import list_links, may_write, revoke_link, share_results
from survey_app.scores.vocabulary import STATES
from survey_app.web import db_session, explain, now, settings

blueprint = Blueprint("scores", __name__)

NOT_CLOSED = N_("Marks stay hidden until the wave is closed.")
NO_DRAWING = N_("This page has no drawing: too few people answered, or nothing was measured.")


@blueprint.get("/waves/<int:wave_id>/results")
@requires(Permission.SEE_RESULTS)
def results(wave_id: int) -> str:
    """Show the scores of a closed wave; before that, only how many people have answered."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    if wave.state is not WaveState.CLOSED:
        return render_template(
            "scores/not_closed.html",
            wave=wave,
            n_invited=count_invited(db_session(), wave),
            n_answered=count_answered(db_session(), wave),
        )
    return render_template("scores/results.html", **page_of(wave, team_reader(wave)))


@blueprint.get("/waves/<int:wave_id>/results.csv")
@requires(Permission.SEE_RESULTS)
def table_file(wave_id: int) -> Response:
    wave = _closed_wave(wave_id)
    return csv_response(page_of(wave, team_reader(wave))["table"], f"results-{wave_id}")


@blueprint.get("/waves/<int:wave_id>/results.zip")
@requires(Permission.SEE_RESULTS)
def drawings_file(wave_id: int) -> Response:
    wave = _closed_wave(wave_id)
    return zip_response(page_of(wave, team_reader(wave))["figures"], f"results-{wave_id}")


def team_reader(wave: Wave) -> Reader:
    return Reader(wave.campaign.mode.value, sees_names=current_viewer().may(Permission.SEE_NAMES))


def page_of(wave: Wave, reader: Reader) -> dict[str, Any]:
    """Return all that a results page shows this reader, filtered as its address says."""
    session, language = db_session(), current_language()
    catalogue = agency_catalogue(session, wave.campaign.client.agency_id)
    found = read_results(session, wave, catalogue, reader, language)
    chosen = read_filter(request.args, earlier_waves(session, wave))
    moves = read_moves(session, wave, chosen.since, found.shared, reader) if chosen.since is not None else None
    course = found.overall.course if found.overall is not None and found.overall.is_shown else ()
    shown = found.filtered(chosen)
    return {
        "wave": wave,
        "closed_on": local_day(wave.closed_at or wave.ends_at, wave.campaign.client.time_zone),
        "results": shown,
        "whole": found,
        "moves": moves,
        "facets": read_facets(session, wave, reader, course),
        "filter": chosen,
        "figures": wave_figures(shown, moves, language),
        "table": lines_table(shown, moves, language),
        "query": request.query_string.decode("utf-8", "replace"),
        "states": STATES,
        "themes": SUBJECTS,
        "measures": MEASURES,
        "roles": ROLE_LABELS,
        "signed": signed,
        "short": short,
    }


def _closed_wave(wave_id: int) -> Wave:
    wave = get_wave(db_session(), current_viewer(), wave_id)
    if wave.state is not WaveState.CLOSED:
        raise NotFound(NOT_CLOSED)
    return wave


def zip_response(figures: Mapping[str, Figure], name: str) -> Response:
    """Give the drawings of a page as one archive; a page without one has no archive either."""
    if not figures:
        raise NotFound(NO_DRAWING)
    return _download(write_drawings(figures.values()), "application/zip", f"{name}.zip")


def csv_response(table: Table, name: str) -> Response:
    """Give the figures of a page as one table that a spreadsheet opens."""
    return _download(write_csv(table, current_language()), "text/csv; charset=utf-8", f"{name}.csv")


def _download(content: str | bytes, media_type: str, name: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.get("/waves/<int:wave_id>/results/share")
@requires(Permission.MANAGE_CAMPAIGNS)
def share(wave_id: int) -> str:
    return _page(wave_id)


def _page(wave_id: int, problem: str = "", ticked: Collection[str] = ()) -> str:
    wave = get_wave(db_session(), current_viewer(), wave_id)
    links = {link.contact_id: link for link in list_links(db_session(), wave) if link.revoked_at is None}
    contacts = [each for each in list_contacts(db_session(), wave.campaign.client) if each.is_active]
    without_link = [each for each in contacts if each.id not in links]
    return render_template(
        "scores/share.html",
        wave=wave,
        contacts=contacts,
        offered=[each for each in without_link if may_write(each)],
        unreachable=[each for each in without_link if not may_write(each)],
        links=links,
        problem=problem,
        ticked=ticked,
    )


@blueprint.post("/waves/<int:wave_id>/results/share")
@requires(Permission.MANAGE_CAMPAIGNS)
def send_links(wave_id: int) -> Redirect | tuple[str, int]:
    """Write to those who were ticked; a contact of another client is refused."""
    wave = get_wave(db_session(), current_viewer(), wave_id)
    ticked = set(request.form.getlist("contact"))
    given: list[ResultLink] = []

    def share_with_ticked(session: Session) -> None:
        if not ticked:
            raise Invalid(N_("Tick at least one person."))
        chosen = [each for each in list_contacts(session, wave.campaign.client) if str(each.id) in ticked]
        key = settings().token_key.get_secret_value().encode()
        given.extend(share_results(session, wave, chosen, key, current_viewer().actor, now()))

    refusal = attempt(share_with_ticked)
    if refusal is not None:
        return _page(wave_id, explain(refusal), ticked), refusal.status
    flash(ngettext("%(num)s mail will leave.", "%(num)s mails will leave.", len(given)), "success")
    return redirect(url_for("scores.share", wave_id=wave_id))


@blueprint.post("/waves/<int:wave_id>/results/share/<int:link_id>/withdraw")
@requires(Permission.MANAGE_CAMPAIGNS)
def withdraw(wave_id: int, link_id: int) -> Redirect:
    wave = get_wave(db_session(), current_viewer(), wave_id)
    with transaction(db_session()) as session:
        link = session.get(ResultLink, link_id)
        if link is None or link.wave_id != wave.id:
            raise NotFound(N_("This link is not one of this wave."))
        revoke_link(session, link, current_viewer().actor, now())
    return redirect(url_for("scores.share", wave_id=wave_id))
