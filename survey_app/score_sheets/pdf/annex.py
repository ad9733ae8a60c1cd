"""The annex: who was asked, the plans, how each number was computed, the method and the proof."""

from survey_app.errors import N_
from survey_app.pdf.page import INK, LEFT, RIGHT, SOFT, Page
from survey_app.pdf.text import BOLD, FIXED, draw
from survey_app.score_sheets.pdf.money import MAX_FRONT_REASON
from survey_app.score_sheets.shown.sheet import ShownSheet
from survey_app.score_sheets.wording import Words

CODES_PER_ROW = 5


def draw_annex(page: Page, sheet: ShownSheet, say: Words) -> None:
    _draw_population(page, sheet, say)
    _draw_plans(page, sheet, say)
    _draw_reason(page, sheet, say)
    _draw_computations(page, sheet, say)
    _draw_method(page, sheet, say)
    _draw_proof(page, sheet, say)


def _draw_population(page: Page, sheet: ShownSheet, say: Words) -> None:
    page.heading(say(N_("Who was asked, and who answered?")), keep=110)
    page.pairs(sheet.population, label_width=200)
    page.y -= 4
    for sentence in sheet.left_out:
        page.write(sentence, 8.5, colour=SOFT)


def _draw_plans(page: Page, sheet: ShownSheet, say: Words) -> None:
    if not sheet.plans:
        return
    page.heading(say(N_("Which improvement plans follow?")))
    for plan in sheet.plans:
        page.need(36)
        page.write(plan.label, 9, font=BOLD)
        page.write(f"{plan.title} · {plan.verdict}", 8.5, colour=SOFT)
        if plan.cause:
            page.write(plan.cause, 8.5)
        for action in plan.actions:
            page.bullet(action, 8.5)
        page.y -= 5


def _draw_reason(page: Page, sheet: ShownSheet, say: Words) -> None:
    """Print in full a reason that the first page had no room for."""
    if len(sheet.reason) > MAX_FRONT_REASON:
        page.heading(say(N_("Why does this edition replace the one before?")))
        page.write(sheet.reason, 8.5)


def _draw_computations(page: Page, sheet: ShownSheet, say: Words) -> None:
    page.heading(say(N_("How was each number computed?")))
    for line in sheet.lines:
        page.need(34)
        page.write(line.label, 9, font=BOLD)
        page.write(" ".join(line.how), 8.5, colour=INK, after=6)


def _draw_method(page: Page, sheet: ShownSheet, say: Words) -> None:
    page.heading(say(N_("By which method?")))
    for sentence in sheet.method:
        page.write(sentence, 8.5, after=5)


def _draw_proof(page: Page, sheet: ShownSheet, say: Words) -> None:
    page.heading(say(N_("How can anyone check it?")))
    page.write(
        say(
            N_(
                "Any PDF, workbook or JSON file of this sheet can be verified on the page behind the QR code, "
                "or on another"
                " machine with the public key alone."
            )
        ),
        8.5,
        after=6,
    )
    page.pairs(sheet.proof, fixed=True)
    page.minor_heading(say(N_("Receipt codes counted")))
    page.write(
        say(N_("Each person who answered holds one of these codes: it shows that their answer is in.")),
        8.5,
        colour=SOFT,
        after=4,
    )
    _draw_codes(page, sheet.receipts)


def _draw_codes(page: Page, codes: tuple[str, ...]) -> None:
    step = (RIGHT - LEFT) / CODES_PER_ROW
    for start in range(0, len(codes), CODES_PER_ROW):
        page.need(12)
        page.y -= 11
        page.colour(INK)
        for place, code in enumerate(codes[start : start + CODES_PER_ROW]):
            draw(page.canvas, LEFT + place * step, page.y, code, 7.5, FIXED)
