"""Page one: the amount, the lines and rules that drive it, and the QR code of the page that verifies it."""

from textwrap import shorten
from typing import Any

from survey_app.bonuses.wording import ShownMoney
from survey_app.errors import N_
from survey_app.pdf.ink import Colour, draw_boxes, paint
from survey_app.pdf.page import INK, LEFT, RIGHT, SOFT, TOP, Column, Page, draw_state
from survey_app.pdf.text import BOLD, draw, draw_right, width_of, wrap
from survey_app.score_sheets.sheet import ShownSheet
from survey_app.score_sheets.wording import Words

FIGURE = 34
MOST_CHANGES = 4
MAX_FRONT_REASON = 400
CODE_SIZE, AGENCY_WIDTH = 62, 280
SECOND = LEFT + 318
# Any of the eight masks can be read; trying them all to find the prettiest costs more than the code.
MASK = 2


def draw_front(page: Page, sheet: ShownSheet, say: Words, address: str) -> None:
    _draw_code(page, sheet, say, address)
    _draw_letterhead(page, sheet, say)
    _draw_figures(page, sheet, say)
    if sheet.money is not None:
        _draw_parts(page, sheet.money, say)
        _draw_rules(page, sheet.money, say)
    _draw_cautions(page, sheet, say)


def _draw_letterhead(page: Page, sheet: ShownSheet, say: Words) -> None:
    canvas = page.canvas
    page.colour(INK)
    lines = wrap(sheet.agency, 9.5, AGENCY_WIDTH, BOLD)
    for place, line in enumerate(lines):
        draw(canvas, LEFT, TOP - 12 * place, line, 9.5, BOLD)
    page.colour(SOFT)
    title = say(N_("Score sheet"))
    draw_right(canvas, RIGHT, TOP, f"{title} {sheet.reference}, {sheet.edition}", 8.5)
    page.colour(_accent(sheet.accent))
    page.y = TOP - 42 - 12 * (len(lines) - 1)
    draw_boxes(canvas, [(LEFT, page.y + 6, 28, 3)])
    page.write(sheet.client, 24, font=BOLD, leading=1.2)
    page.write(sheet.title, 11, colour=SOFT, leading=1.45)
    page.write(f"{sheet.period} · {sheet.answered}", 9, colour=SOFT)
    if sheet.reason:
        reason = shorten(sheet.reason, MAX_FRONT_REASON, placeholder="…")
        page.write(say(N_("New edition: %(reason)s"), reason=reason), 9, after=4)
    page.y -= 22


def _accent(colour: str) -> Colour:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def _draw_figures(page: Page, sheet: ShownSheet, say: Words) -> None:
    """Set the amount and the overall mark side by side, large, each with its sentence."""
    y = page.y
    if sheet.money is not None:
        label = N_("Amount due to the agency") if not sheet.money.amount.startswith(("-", "–")) else N_("Deduction due")
        _draw_figure(page, LEFT, y, (say(label), sheet.money.amount, ""), sheet.money.sentence, SECOND - LEFT - 24)
    low = page.y
    if sheet.overall is not None:
        change = (
            say(N_("%(change)s since the wave before"), change=sheet.overall.change)
            if sheet.overall.change
            else sheet.answered
        )
        x = SECOND if sheet.money is not None else LEFT
        _draw_figure(page, x, y, (say(N_("The agency's overall mark")), sheet.overall.score, "/ 10"), change, RIGHT - x)
    page.y = min(low, page.y) - 6


def _draw_figure(page: Page, x: float, y: float, figure: tuple[str, str, str], sentence: str, width: float) -> None:
    label, text, unit = figure
    canvas, size = page.canvas, FIGURE
    while width_of(text, size, BOLD) > width:
        size -= 2
    page.colour(SOFT)
    draw(canvas, x, y - 8, label, 9)
    page.colour(INK)
    draw(canvas, x, y - 14 - FIGURE, text, size, BOLD)
    page.colour(SOFT)
    draw(canvas, x + width_of(text, size, BOLD) + 6, y - 14 - FIGURE, unit, 12)
    page.y = y - 22 - FIGURE
    page.write(sentence, 9, x=x, width=width, colour=SOFT)


def _draw_parts(page: Page, money: ShownMoney, say: Words) -> None:
    page.heading(say(N_("What makes the amount?")))
    columns = (
        Column(say(N_("Line")), LEFT, 168),
        Column(say(N_("Mark")), LEFT + 170, 34, is_number=True),
        Column(say(N_("Scale")), LEFT + 224, 98, is_soft=True),
        Column(say(N_("At stake")), LEFT + 324, 60, is_number=True),
        Column(say(N_("Earned")), LEFT + 386, 42, is_number=True),
        Column(say(N_("Amount")), LEFT + 430, RIGHT - LEFT - 430, is_number=True),
    )
    rows = [
        (part.label, part.score, part.reason or part.scale, part.at_stake, part.percent, part.paid)
        for part in money.parts
    ]
    if money.rule_cents:
        rows.append((say(N_("Rules of the scheme, below")), "", "", "", "", money.rule_cents))
    total = (say(N_("Amount")), "", "", "", "", money.amount)

    def mark(place: int, y: float) -> None:
        if place < len(money.parts) and money.parts[place].state:
            draw_state(page.canvas, money.parts[place].state, LEFT + 213, y + 2.2, 2.6)

    page.table(columns, [*rows, total], mark=mark, strong=(len(rows),))


def _draw_rules(page: Page, money: ShownMoney, say: Words) -> None:
    if len(money.steps) > 1:
        page.minor_heading(say(N_("From the lines to the amount")))
        columns = (Column("", LEFT, 340), Column("", LEFT + 370, RIGHT - LEFT - 370, is_number=True))
        page.rows(columns, money.steps)
    if money.gates:
        page.minor_heading(say(N_("Gates")))
        for sentence, _is_open in money.gates:
            page.bullet(sentence)
    if money.changes:
        page.minor_heading(say(N_("What would have changed it, one line at a time")))
        for sentence in money.changes[:MOST_CHANGES]:
            page.bullet(sentence)
    for sentence in money.carried:
        page.bullet(sentence)


def _draw_cautions(page: Page, sheet: ShownSheet, say: Words) -> None:
    if sheet.contests:
        page.minor_heading(say(N_("Contested")))
        for sentence in sheet.contests:
            page.bullet(sentence)
    if sheet.cautions:
        page.minor_heading(say(N_("To read with care")))
        for sentence in sheet.cautions:
            page.bullet(sentence)


def _draw_code(page: Page, sheet: ShownSheet, say: Words, address: str) -> None:
    """Keep the foot of the first page for the way to verify it."""
    foot = page.bottom
    page.bottom = foot + CODE_SIZE + 20
    draw_code(page.canvas, address, LEFT, foot, CODE_SIZE)
    told = [
        say(N_("Is this sheet authentic, approved, and the latest? %(address)s"), address=address),
        say(
            N_(
                "The signed figures are attached to this PDF (paper-clip panel of the reader); the workbook "
                "recomputes them"
                " with live formulas."
            )
        ),
        say(
            N_(
                "Either party may contest a line until %(day)s. An amount is paid once a second person of the "
                "agency has"
                " approved it."
            ),
            day=sheet.contest_until,
        ),
    ]
    y = foot + CODE_SIZE - 8
    for sentence in told:
        for line in wrap(sentence, 8, RIGHT - LEFT - CODE_SIZE - 16):
            page.colour(SOFT)
            draw(page.canvas, LEFT + CODE_SIZE + 16, y, line, 8)
            y -= 10.5
        y -= 2.5


def draw_code(canvas: Any, address: str, x: float, y: float, size: float) -> None:
    """Draw the code in black, one rectangle per run of dark modules."""
    import segno

    rows = [bytes(row) for row in segno.make_qr(address, error="m", mask=MASK, boost_error=False).matrix]
    module = size / len(rows)
    boxes = []
    for place, row in enumerate(rows):
        start = 0
        while (start := row.find(1, start)) >= 0:
            end = row.find(0, start)
            end = len(row) if end < 0 else end
            boxes.append((x + start * module, y + size - (place + 1) * module, (end - start) * module, module))
            start = end
    paint(canvas, (0, 0, 0))
    draw_boxes(canvas, boxes)
