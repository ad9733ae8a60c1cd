"""All clients at a glance, for management: where to look first, what drives, what is out of the ordinary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from flask import Blueprint, Response, get_template_attribute, render_template, request
from markupsafe import Markup

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.catalogue.loading import THEMES as THEME_KEYS
from survey_app.catalogue.loading import Catalogue
from survey_app.catalogue.queries import agency_catalogue
from survey_app.charts.figure import Figure, Table
from survey_app.errors import NotFound
from survey_app.i18n import current_language
from survey_app.portfolio.consistency import (
    LEAST_CLIENTS,
    LEAST_PEOPLE,
    Consistency,
    judge_sets,
    readable_parts,
)
from survey_app.portfolio.driving import read_drivers
from survey_app.portfolio.figures import (
    by_key,
    cell_text,
    client_cells,
    clients_table,
    consistency_figure,
    drivers_figure,
    fair_figure,
    heat_figure,
    heat_table,
    people_words,
    stability_figure,
)
from survey_app.portfolio.overview import Portfolio, assemble
from survey_app.portfolio.queries import Series, last_lines, last_waves, overall_series
from survey_app.portfolio.rules import LEAST_RESPONDENTS, LEAST_WAVES, watch_stability
from survey_app.portfolio.summing import read_parts
from survey_app.portfolio.vocabulary import STANDINGS
from survey_app.scores.disclosure import Reader
from survey_app.scores.figures import wave_label
from survey_app.scores.views import NO_FIGURE, csv_response, figure_response
from survey_app.scores.vocabulary import THEMES
from survey_app.web import db_session, today

blueprint = Blueprint("portfolio", __name__)

PERIODS = (6, 12, 24)


@dataclass(frozen=True)
class Choice:
    """What the address asks for; what means nothing is the default, since an address is easily cut."""

    theme: str
    only_under: bool
    n_months: int

    @property
    def since(self) -> date | None:
        return today() - timedelta(days=round(self.n_months * 30.44)) if self.n_months else None


def read_choice() -> Choice:
    theme, months = request.args.get("theme", ""), request.args.get("months", "")
    return Choice(
        theme if theme in THEME_KEYS else "",
        request.args.get("only") == "under",
        int(months) if months.isascii() and months.isdigit() and int(months) in PERIODS else 0,
    )


@blueprint.get("/portfolio")
@requires(Permission.SEE_PORTFOLIO)
def clients() -> str:
    portfolio, labels, choice = _portfolio()
    language = current_language()
    return render_template(
        "portfolio/clients.html",
        portfolio=portfolio,
        labels=labels,
        choice=choice,
        periods=PERIODS,
        themes=THEMES,
        standings=STANDINGS,
        cells=_heat_cells(portfolio, language),
        clients=clients_table(portfolio, language).header,
        rows=[client_cells(row, language) for row in portfolio.rows],
        fair=fair_figure(portfolio, language),
        people=people_words(portfolio, language),
        query=request.query_string.decode("utf-8", "replace"),
    )


def _heat_cells(portfolio: Portfolio, language: str) -> list[Markup]:
    """Return the cells of each client; those that look alike, as most do, are written once."""
    write = get_template_attribute("portfolio/_cell.html", "cell")
    draw = cache(lambda standing, text: write(standing, text, STANDINGS[standing]))
    return [
        Markup("").join(draw(cell.standing, cell_text(cell, language)) for cell in row.cells) for row in portfolio.rows
    ]


@blueprint.get("/portfolio/<any(heat, clients):name>.csv")
@requires(Permission.SEE_PORTFOLIO)
def table_file(name: str) -> Response:
    portfolio, labels, _ = _portfolio()
    language = current_language()
    tables: Mapping[str, Table] = {
        "heat": heat_table(portfolio, labels, language),
        "clients": clients_table(portfolio, language),
    }
    return csv_response(tables[name], name)


@blueprint.get("/portfolio/charts/<key>.<any(svg, csv):kind>")
@requires(Permission.SEE_PORTFOLIO)
def figure_file(key: str, kind: str) -> Response:
    """Give one chart of the portfolio's pages as a drawing or as its table."""
    language = current_language()
    if key in ("fair", "heat"):
        portfolio, labels, _ = _portfolio()
        found = fair_figure(portfolio, language) if key == "fair" else heat_figure(portfolio, labels, language)
    elif key == "drivers":
        found = _drivers()[1]
    elif key == "consistency":
        found = _consistency()[2]
    else:
        found = by_key([each.figure for each in _stabilities()]).get(key)
    if found is None:
        raise NotFound(NO_FIGURE)
    return figure_response(found, kind)


@blueprint.get("/portfolio/drivers")
@requires(Permission.SEE_PORTFOLIO)
def drivers() -> str:
    found, figure = _drivers()
    return render_template("portfolio/drivers.html", drivers=found, figure=figure, least=LEAST_RESPONDENTS)


def _drivers() -> tuple[Any, Figure | None]:
    found = read_drivers(db_session(), last_waves(db_session(), current_viewer()))
    return found, drivers_figure(found, _labels([each.indicator_key for each in found.drivers]), current_language())


@blueprint.get("/portfolio/consistency")
@requires(Permission.SEE_PORTFOLIO)
def consistency() -> str:
    found, labels, figure = _consistency()
    by_verdict: dict[str, list[Consistency]] = {}
    for each in found:
        by_verdict.setdefault(each.verdict, []).append(each)
    return render_template(
        "portfolio/consistency.html",
        found=found,
        by_verdict=by_verdict,
        labels=labels,
        figure=figure,
        least=LEAST_PEOPLE,
        least_clients=LEAST_CLIENTS,
    )


def _consistency() -> tuple[list[Consistency], Mapping[str, str], Figure | None]:
    session, viewer, language = db_session(), current_viewer(), current_language()
    waves = last_waves(session, viewer)
    parts = read_parts(session, waves, language)
    found = judge_sets(readable_parts(parts, waves, sees_names=viewer.may(Permission.SEE_NAMES)))
    labels = _labels([each.asked.indicator_key for each in found])
    return found, labels, consistency_figure(found, labels, language)


@blueprint.get("/portfolio/stability")
@requires(Permission.SEE_PORTFOLIO)
def stability() -> str:
    shown = _stabilities()
    ready = {each.series.campaign_id for each in shown}
    waiting = [each for each in _series() if each.campaign_id not in ready]
    return render_template("portfolio/stability.html", shown=shown, waiting=waiting, least=LEAST_WAVES)


@dataclass(frozen=True)
class Watched:
    """A campaign long enough to be watched, with the waves that lie out of its ordinary."""

    series: Series
    figure: Figure
    odd_waves: tuple[str, ...]


def _stabilities() -> list[Watched]:
    """Return the campaigns that may be watched, those with something out of the ordinary first."""
    language = current_language()
    found = [(series, watch_stability(series.values)) for series in _series()]
    watched = [
        Watched(
            series,
            stability_figure(series, each, language),
            tuple(wave_label(series.days[place]) for place in each.signals),
        )
        for series, each in found
        if each is not None
    ]
    return sorted(watched, key=lambda each: not each.odd_waves)


def _series() -> list[Series]:
    """Return the series of which every wave may be shown to this person."""
    sees_names = current_viewer().may(Permission.SEE_NAMES)
    found = overall_series(db_session(), current_viewer())
    return [each for each in found if Reader(each.mode, sees_names).may_see_score(each.n_fewest)]


def _portfolio() -> tuple[Portfolio, Mapping[str, str], Choice]:
    session, viewer, choice = db_session(), current_viewer(), read_choice()
    waves = last_waves(session, viewer, choice.since)
    lines = last_lines(session, waves)
    catalogue = agency_catalogue(session, None)
    used = {key for own in lines.values() for key in own}
    keys = [key for key in catalogue if key in used and choice.theme in ("", catalogue[key].theme)]
    sees_names = viewer.may(Permission.SEE_NAMES)
    portfolio = assemble(waves, lines, keys, sees_names=sees_names, only_under=choice.only_under)
    return portfolio, _labels(keys, catalogue), choice


def _labels(keys: Sequence[str], catalogue: Catalogue | None = None) -> dict[str, str]:
    known = catalogue or agency_catalogue(db_session(), None)
    return {key: known.label(key, current_language()) for key in keys}
