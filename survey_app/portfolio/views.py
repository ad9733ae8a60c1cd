"""All clients at a glance, for management: where to look first, and who answers less."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from flask import Blueprint, Response, get_template_attribute, render_template, request
from markupsafe import Markup

from survey_app.accounts.access import Permission, requires
from survey_app.accounts.session import current_viewer
from survey_app.catalogue.content import THEMES as THEME_KEYS
from survey_app.catalogue.queries import agency_catalogue
from survey_app.catalogue.vocabulary import THEMES
from survey_app.i18n import current_language
from survey_app.portfolio.figures import cell_text, clients_table, heat_figure, people_words, portfolio_table
from survey_app.portfolio.queries import last_lines, last_waves
from survey_app.portfolio.rules import Portfolio, assemble
from survey_app.portfolio.vocabulary import STANDINGS
from survey_app.scores.views import csv_response, zip_response
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
        clients=clients_table(portfolio, language),
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


@blueprint.get("/portfolio/results.csv")
@requires(Permission.SEE_PORTFOLIO)
def table_file() -> Response:
    portfolio, labels, _ = _portfolio()
    return csv_response(portfolio_table(portfolio, labels, current_language()), "portfolio")


@blueprint.get("/portfolio/results.zip")
@requires(Permission.SEE_PORTFOLIO)
def drawings_file() -> Response:
    portfolio, labels, _ = _portfolio()
    found = heat_figure(portfolio, labels, current_language())
    return zip_response({found.key: found} if found else {}, "portfolio")


def _portfolio() -> tuple[Portfolio, Mapping[str, str], Choice]:
    session, viewer, choice = db_session(), current_viewer(), read_choice()
    waves = last_waves(session, viewer, choice.since)
    lines = last_lines(session, waves)
    catalogue = agency_catalogue(session, None)
    used = {key for own in lines.values() for key in own}
    keys = [key for key in catalogue if key in used and choice.theme in ("", catalogue[key].theme)]
    sees_names = viewer.may(Permission.SEE_NAMES)
    portfolio = assemble(waves, lines, keys, sees_names=sees_names, only_under=choice.only_under)
    return portfolio, {key: catalogue.label(key, current_language()) for key in keys}, choice
