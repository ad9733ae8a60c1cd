"""The results: every line on one axis, the themes, the trend."""

from survey_app.errors import N_
from survey_app.pdf.ink import Colour
from survey_app.pdf.page import INK, LEFT, RIGHT, SOFT, STATE_COLOURS, Column, Page, draw_state
from survey_app.pdf.text import BOLD, draw, draw_right, wrap
from survey_app.score_sheets.pdf.figures import draw_axis, draw_dots, draw_radar, draw_trend
from survey_app.score_sheets.results import ShownLine
from survey_app.score_sheets.sheet import ShownSheet
from survey_app.score_sheets.wording import Words

CHART_X, CHART_WIDTH = LEFT + 172.0, 178.0
SCORE_X = LEFT + 386.0
STATE_X = LEFT + 398.0
ROW, LABEL_WIDTH = 22.0, 160.0
MIN_CORNERS = 3
RADIUS = 74.0
MARKS_KEY = N_(
    "Each small circle is a person's mark; the bar is the interval at 90%; the dashed rule is the threshold; the"
    " grey tick is the wave before."
)
TOTALS_KEY = N_("The bar is the interval at 90%; the dashed rule is the threshold; the grey tick is the wave before.")


def draw_results(page: Page, sheet: ShownSheet, say: Words) -> None:
    _draw_lines(page, sheet, say)
    _draw_themes(page, sheet, say)
    if len([value for _, value, _ in sheet.trend if value is not None]) > 1:
        page.need(150)
        page.minor_heading(say(N_("The agency's overall mark, wave after wave")))
        page.y -= 6
        draw_trend(page, sheet.trend, LEFT + 36, RIGHT - LEFT - 72, 84)


def _draw_lines(page: Page, sheet: ShownSheet, say: Words) -> None:
    page.heading(say(N_("Where does each commitment stand?")), keep=90)
    page.write(
        say(MARKS_KEY if any(line.marks for line in sheet.lines) else TOTALS_KEY),
        8,
        colour=SOFT,
        after=12,
    )
    _draw_head(page, say)
    for line in sheet.lines:
        height = max(ROW, 11.0 * len(_label_lines(line)) + 8)
        if page.need(height):
            _draw_head(page, say)
        _draw_line(page, line, height)


def _draw_head(page: Page, say: Words) -> None:
    page.y -= 10
    draw_axis(page, CHART_X, CHART_WIDTH)
    page.colour(SOFT)
    draw_right(page.canvas, SCORE_X, page.y, say(N_("Mark")), 7.5)
    draw(page.canvas, STATE_X, page.y, say(N_("State, answers")), 7.5)
    page.y -= 6


def _label_lines(line: ShownLine) -> list[tuple[str, float, Colour]]:
    """Return a line's name and, under it, the ratios beside its mark, cut to the column."""
    named = [(text, 8.5, INK) for text in wrap(line.label, 8.5, LABEL_WIDTH)]
    return named + [(text, 7.5, SOFT) for ratio in line.companions for text in wrap(ratio, 7.5, LABEL_WIDTH)]


def _draw_line(page: Page, line: ShownLine, height: float) -> None:
    middle = page.y - height / 2
    lines = _label_lines(line)
    y = middle + 5.5 * (len(lines) - 1) - 3
    for text, size, colour in lines:
        page.colour(colour)
        draw(page.canvas, LEFT, y, text, size)
        y -= 11
    draw_dots(page, line, CHART_X, middle, CHART_WIDTH)
    page.colour(INK)
    draw_right(page.canvas, SCORE_X, middle - 3, line.score, 8.5, BOLD)
    draw_state(page.canvas, line.state, STATE_X + 4, middle, 2.8)
    page.colour(STATE_COLOURS[line.state])
    draw(page.canvas, STATE_X + 11, middle - 3, line.state_label, 8)
    page.colour(SOFT)
    draw_right(page.canvas, RIGHT, middle - 3, line.answered.replace(" ", ""), 8)
    page.y -= height


def _draw_themes(page: Page, sheet: ShownSheet, say: Words) -> None:
    themes = [theme for theme in sheet.themes if theme.value is not None]
    if not themes:
        return
    page.heading(say(N_("And by theme?")), keep=2 * RADIUS + 40)
    top = page.y
    has_radar = len(themes) >= MIN_CORNERS
    if has_radar:
        draw_radar(page, themes, LEFT + 118, top - RADIUS - 22, RADIUS)
    x = LEFT + 262 if has_radar else LEFT
    columns = (
        Column(say(N_("Theme")), x, 120),
        Column(say(N_("Mark")), x + 122, 40, is_number=True),
        Column(say(N_("Before")), x + 164, 48, is_number=True, is_soft=True),
    )
    rows = [(mean.label, mean.score, mean.before_score or "–") for mean in sheet.means if mean.party == "agency"]
    client = [mean for mean in sheet.means if mean.party == "client" and mean.key == "overall"]
    rows += [(say(N_("The client's own commitments")), mean.score, mean.before_score or "–") for mean in client]
    page.table(columns, rows, strong=[place for place, mean in enumerate(sheet.means) if mean.key == "overall"][:1])
    page.y = min(page.y, top - 2 * RADIUS - 44) if has_radar else page.y
