"""The results of a wave for the agency's team."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask import Response as FlaskResponse

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.campaigns.models import Wave, WaveState
from survey_app.campaigns.queries import get_wave
from survey_app.catalogue.queries import agency_catalogue
from survey_app.charts.files import Figure, Table, write_csv, write_drawings
from survey_app.clients.forms import ROLE_LABELS
from survey_app.clock import local_day
from survey_app.errors import N_, NotFound
from survey_app.i18n import current_language
from survey_app.scores.disclosure import Reader
from survey_app.scores.facets import read_facets
from survey_app.scores.figures import lines_table, short, signed, wave_figures
from survey_app.scores.filtering import read_filter
from survey_app.scores.history import earlier_waves
from survey_app.scores.moving import read_moves
from survey_app.scores.queries import count_answered, count_invited
from survey_app.scores.reading import read_results
from survey_app.scores.vocabulary import MEASURES, STATES, SUBJECTS, VERDICTS
from survey_app.web import db_session

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
    since = chosen.since
    moves = read_moves(session, wave, since, found.shared, reader) if since is not None else None
    overall = found.mean("overall")
    course = overall.course if overall is not None and overall.is_shown else ()
    shown = found.filtered(chosen.theme, only_breaches=chosen.only_breaches)
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
        **words(),
    }


def _closed_wave(wave_id: int) -> Wave:
    wave = get_wave(db_session(), current_viewer(), wave_id)
    if wave.state is not WaveState.CLOSED:
        raise NotFound(NOT_CLOSED)
    return wave


def words() -> dict[str, Any]:
    return {
        "states": STATES,
        "themes": SUBJECTS,
        "measures": MEASURES,
        "roles": ROLE_LABELS,
        "verdicts": VERDICTS,
        "signed": signed,
        "short": short,
    }


def zip_response(figures: Mapping[str, Figure], name: str) -> Response:
    """Give the drawings of a page as one archive; a page without one has no archive either."""
    if not figures:
        raise NotFound(NO_DRAWING)
    return _download(write_drawings(figures.values()), "application/zip", f"{name}.zip")


def csv_response(table: Table, name: str) -> Response:
    """Give the figures of a page as one table that a spreadsheet opens."""
    return _download(write_csv(table, current_language()), "text/csv; charset=utf-8", f"{name}.csv")


def _download(content: str | bytes, media_type: str, name: str) -> Response:
    response = FlaskResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
