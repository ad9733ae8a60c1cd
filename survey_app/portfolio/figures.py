"""Write the portfolio in words, tables and one drawing, for the page and its files."""

from collections.abc import Mapping
from fractions import Fraction

from flask_babel import gettext

from survey_app.charts.files import Figure, Table
from survey_app.charts.heat import HeatCell, HeatRow, draw_heat
from survey_app.formats import format_percent, format_score
from survey_app.portfolio.rules import UNDER, Cell, ClientRow, Portfolio, ResponseRate
from survey_app.portfolio.vocabulary import RATE_WORDS, SHAPES, STANDINGS
from survey_app.scores.figures import signed, wave_label


def portfolio_table(portfolio: Portfolio, labels: Mapping[str, str], language: str) -> Table:
    """Return a row a client: who answers, then every line of the page."""
    clients = clients_table(portfolio, language)
    header = (*clients.header, *(labels[key] for key in portfolio.indicator_keys))
    rows = [
        (*cells, *(cell_text(cell, language) or str(STANDINGS[cell.standing]) for cell in row.cells))
        for cells, row in zip(clients.rows, portfolio.rows, strict=True)
    ]
    return Table(header, rows)


def heat_figure(portfolio: Portfolio, labels: Mapping[str, str], language: str) -> Figure | None:
    """Draw the table of clients and lines, to be taken away; None where there is no client or no line."""
    if not portfolio.rows or not portfolio.indicator_keys:
        return None
    title = gettext("Clients and lines, marks out of 10")
    rows = [HeatRow(row.wave.client_name, [_heat_cell(cell, language) for cell in row.cells]) for row in portfolio.rows]
    key = [f"{shape} {STANDINGS[standing]}" for standing, shape in SHAPES.items()]
    drawing = draw_heat(title, [labels[each] for each in portfolio.indicator_keys], rows, key)
    return Figure("heat", title, drawing, portfolio_table(portfolio, labels, language))


def _heat_cell(cell: Cell, language: str) -> HeatCell | None:
    if cell.standing not in SHAPES:
        return None
    return HeatCell(SHAPES[cell.standing], cell_text(cell, language), cell.standing in UNDER)


def cell_text(cell: Cell, language: str) -> str:
    """Write a cell shortly; more decimals appear where one would hide a breach."""
    if cell.exact is None:
        return ""
    return format_score(cell.exact, language, cell.threshold, 1)


def clients_table(portfolio: Portfolio, language: str) -> Table:
    header = (
        gettext("Client"),
        gettext("Last wave"),
        gettext("Answers"),
        gettext("Response rate"),
        gettext("Likely range"),
        gettext("Against the others"),
        gettext("Under the threshold"),
        gettext("Mean of the people"),
        gettext("To look at"),
    )
    return Table(header, [_client_cells(row, language) for row in portfolio.rows])


def _client_cells(row: ClientRow, language: str) -> tuple[str, ...]:
    wave = row.wave
    return (
        wave.client_name,
        wave_label(wave.ends_on),
        gettext("%(n)s of %(total)s", n=wave.n_answered, total=wave.n_invited),
        *_rate_cells(row.rate, language),
        str(row.n_under),
        format_score(wave.mean if row.shows_mean else None, language),
        str(wave.n_flagged) if row.shows_flags else "–",
    )


def _rate_cells(rate: ResponseRate | None, language: str) -> tuple[str, str, str]:
    if rate is None:
        return ("–", "–", "–")
    low, high = (format_percent(Fraction(bound), language) for bound in (rate.low, rate.high))
    gap = "–" if rate.gap is None else signed(rate.gap * 100, language, 0)
    word = str(RATE_WORDS[rate.word]) if rate.word else ""
    likely = gettext("%(low)s to %(high)s", low=low, high=high)
    return format_percent(rate.share, language), likely, f"{gap} {word}".strip()


def people_words(portfolio: Portfolio, language: str) -> dict[str, str] | None:
    """Write the mean over all people and its interval, which cannot leave the scale."""
    found = portfolio.people
    if found is None:
        return None
    bounds = {"mean": found.estimate, "low": max(found.low, 0.0), "high": min(found.high, 10.0)}
    return {name: format_score(Fraction(str(round(value, 9))), language) for name, value in bounds.items()}
