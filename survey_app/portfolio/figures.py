"""Draw the portfolio: each chart with the table of what it shows."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from flask_babel import gettext

from survey_app.charts.comparison import Compared, draw_comparison
from survey_app.charts.course import Level, Stop, draw_course
from survey_app.charts.figure import Figure, Table
from survey_app.charts.heat import HeatCell, HeatRow, draw_heat
from survey_app.charts.matrix import Corners, Subject, draw_matrix
from survey_app.charts.spans import Span, draw_spans
from survey_app.formats import format_percent, format_score
from survey_app.portfolio.consistency import ENOUGH, Consistency
from survey_app.portfolio.overview import UNDER, Cell, ClientRow, Portfolio
from survey_app.portfolio.queries import Series
from survey_app.portfolio.responding import ResponseRate
from survey_app.portfolio.rules import Drivers, Stability
from survey_app.portfolio.vocabulary import RATE_WORDS, SHAPES, STANDINGS, VERDICTS
from survey_app.scores.figures import signed, wave_label

# A chart longer than this is a table; the lowest and the highest are what people look for.
MOST_COMPARED = 24


def heat_table(portfolio: Portfolio, labels: Mapping[str, str], language: str) -> Table:
    header = (gettext("Client"), *(labels[key] for key in portfolio.indicator_keys))
    return Table(
        header,
        [(row.wave.client_name, *(_cell_words(cell, language) for cell in row.cells)) for row in portfolio.rows],
    )


def heat_figure(portfolio: Portfolio, labels: Mapping[str, str], language: str) -> Figure | None:
    """Draw the table of clients and lines, to be taken away; the page has the table itself."""
    if not portfolio.rows or not portfolio.indicator_keys:
        return None
    title = gettext("Clients and lines, marks out of 10")
    rows = [HeatRow(row.wave.client_name, [_heat_cell(cell, language) for cell in row.cells]) for row in portfolio.rows]
    key = [f"{shape} {STANDINGS[standing]}" for standing, shape in SHAPES.items()]
    drawing = draw_heat(title, [labels[each] for each in portfolio.indicator_keys], rows, key)
    return Figure("heat", title, drawing, heat_table(portfolio, labels, language))


def _heat_cell(cell: Cell, language: str) -> HeatCell | None:
    if cell.standing not in SHAPES:
        return None
    return HeatCell(SHAPES[cell.standing], cell_text(cell, language), cell.standing in UNDER)


def cell_text(cell: Cell, language: str) -> str:
    """Write a cell shortly; more decimals appear where one would hide a breach."""
    if cell.exact is None:
        return ""
    return format_score(cell.exact, language, cell.threshold, 1)


def _cell_words(cell: Cell, language: str) -> str:
    return cell_text(cell, language) or str(STANDINGS[cell.standing])


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
        gettext("Fair estimate"),
        gettext("To look at"),
    )
    return Table(header, [client_cells(row, language) for row in portfolio.rows])


def client_cells(row: ClientRow, language: str) -> tuple[str, ...]:
    wave = row.wave
    return (
        wave.client_name,
        wave_label(wave.ends_on),
        gettext("%(n)s of %(total)s", n=wave.n_answered, total=wave.n_invited),
        *_rate_cells(row.rate, language),
        str(row.n_under),
        format_score(wave.mean if row.shows_mean else None, language),
        format_score(_printable(row.fair), language),
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
    return {name: format_score(_printable(value), language) for name, value in bounds.items()}


def fair_figure(portfolio: Portfolio, language: str) -> Figure | None:
    """Draw what was observed and what remains of it, lowest first."""
    if portfolio.fair is None:
        return None
    rows = sorted((row for row in portfolio.rows if row.fair is not None), key=lambda row: row.fair or 0.0)
    if not rows:
        return None
    drawn = rows if len(rows) <= MOST_COMPARED else rows[: MOST_COMPARED // 2] + rows[-MOST_COMPARED // 2 :]
    title = gettext("Clients compared fairly, out of 10")
    mean = format_score(_printable(portfolio.fair.mean), language)
    drawing = draw_comparison(
        title,
        [
            Compared(
                row.wave.client_name,
                float(row.wave.mean or 0),
                row.fair or 0.0,
                format_score(_printable(row.fair), language),
            )
            for row in drawn
        ],
        portfolio.fair.mean,
        gettext("all clients: %(mean)s", mean=mean),
    )
    header = (gettext("Client"), gettext("People"), gettext("Mean of the people"), gettext("Fair estimate"))
    table = [
        (
            row.wave.client_name,
            str(row.wave.n_rating),
            format_score(row.wave.mean, language),
            format_score(_printable(row.fair), language),
        )
        for row in rows
    ]
    return Figure("fair", title, drawing, Table(header, table))


def drivers_figure(drivers: Drivers, labels: Mapping[str, str], language: str) -> Figure | None:
    if not drivers.is_shown:
        return None
    title = gettext("What weighs in the recommendation, and how well it is served")
    subjects = [
        Subject(labels[driver.indicator_key], float(driver.performance), driver.importance)
        for driver in drivers.drivers
    ]
    corners = Corners(
        improve=gettext("To improve first"),
        keep=gettext("To keep up"),
        watch=gettext("To watch"),
        enough=gettext("Good enough"),
        performance=gettext("Mark given →   Weight ↑"),
    )
    header = (gettext("Topic"), gettext("Number on the chart"), gettext("Weight"), gettext("Mean mark"))
    rows = [
        (
            labels[driver.indicator_key],
            str(number),
            format_percent(_printable(driver.importance) or 0, language),
            format_score(driver.performance, language),
        )
        for number, driver in enumerate(drivers.drivers, start=1)
    ]
    return Figure("drivers", title, draw_matrix(title, subjects, corners), Table(header, rows))


def consistency_figure(found: Sequence[Consistency], labels: Mapping[str, str], language: str) -> Figure | None:
    """Draw how far the questions of each line go together, the least first; None where nothing may be said yet."""
    shown = [(each, each.interval) for each in found if each.interval is not None]
    if not shown:
        return None
    title = gettext("How far the questions of a line go together")

    def written(value: float) -> str:
        return format_score(_printable(value), language, ENOUGH)

    spans = [
        Span(
            labels[each.asked.indicator_key], interval.estimate, interval.low, interval.high, written(interval.estimate)
        )
        for each, interval in shown
    ]
    header = (
        gettext("Line"),
        gettext("Its questions measure"),
        gettext("Alpha"),
        gettext("Lower end"),
        gettext("Upper end"),
        gettext("Questions"),
        gettext("People"),
        gettext("Clients"),
        gettext("Questionnaire"),
    )
    rows = [
        (
            labels[each.asked.indicator_key],
            str(VERDICTS[each.verdict]),
            written(interval.estimate),
            written(interval.low),
            written(interval.high),
            str(len(each.asked.question_keys)),
            str(each.n),
            str(each.n_clients),
            each.title,
        )
        for each, interval in shown
    ]
    drawing = draw_spans(title, spans, float(ENOUGH), format_score(ENOUGH, language))
    return Figure("consistency", title, drawing, Table(header, rows))


def stability_figure(series: Series, found: Stability, language: str) -> Figure:
    """Draw a campaign's overall scores between their natural limits."""
    title = gettext("%(client)s – %(campaign)s", client=series.client_name, campaign=series.campaign_title)
    stops = [
        Stop(wave_label(day), float(value), format_score(value, language, None, 1), is_signal=place in found.signals)
        for place, (day, value) in enumerate(zip(series.days, series.values, strict=True))
    ]
    levels = [
        Level(value, format_score(_printable(value), language, None, 1), class_)
        for value, class_ in ((found.high, "axis"), (found.center, "baseline--thin"), (found.low, "axis"))
        if 0 <= value <= 10
    ]
    header = (gettext("Wave"), gettext("Score"), gettext("Out of the ordinary"))
    rows = [
        (wave_label(day), format_score(value, language), gettext("yes") if place in found.signals else gettext("no"))
        for place, (day, value) in enumerate(zip(series.days, series.values, strict=True))
    ]
    return Figure(f"stability-{series.campaign_id}", title, draw_course(title, stops, levels), Table(header, rows))


def by_key(figures: Sequence[Figure | None]) -> dict[str, Figure]:
    return {figure.key: figure for figure in figures if figure is not None}


def _printable(value: float | None) -> Fraction | None:
    return None if value is None else Fraction(str(round(value, 9)))
