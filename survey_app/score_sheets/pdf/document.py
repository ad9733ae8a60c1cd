"""The PDF of a sealed edition: the pages, the annex, the figures attached, and the seal at the end."""

from io import BytesIO
from typing import Any

from survey_app.errors import N_
from survey_app.pdf.document import new_canvas
from survey_app.pdf.page import INK, LEFT, RIGHT, SOFT, Page
from survey_app.pdf.text import BOLD, FIXED, draw, wrap
from survey_app.score_sheets.certificates import Certify
from survey_app.score_sheets.pdf.money import MAX_FRONT_REASON, draw_front
from survey_app.score_sheets.pdf.results import draw_results
from survey_app.score_sheets.sheet import ShownSheet, show_sheet
from survey_app.score_sheets.signing import file_seal
from survey_app.score_sheets.snapshot import SealedEdition, write_json
from survey_app.score_sheets.wording import Words, words_for

FOOTER_CLIENT_WIDTH = 200
CODES_PER_ROW = 5


def write_pdf(
    sealed: SealedEdition,
    language: str,
    signing_key: bytes,
    public_base_url: str = "",
    certify: Certify | None = None,
) -> bytes:
    """Render a sealed edition; the same edition always gives the same bytes, unless a certificate signs them."""
    buffer, say = BytesIO(), words_for(sealed.snapshot, language)
    canvas = new_canvas(buffer, language)
    _describe(canvas, sealed, say)
    sheet = show_sheet(sealed, language)
    client, *more = wrap(sheet.client, 7.5, FOOTER_CLIENT_WIDTH)
    client += "…" if more else ""
    page = Page(canvas, f"{client} · {sheet.reference}, {sheet.edition} · SHA-256 {sealed.sha256[:16]}…")
    # The page that the QR code opens tells whether this edition is authentic and the latest.
    draw_front(page, sheet, say, f"{public_base_url.rstrip('/')}/s/{sheet.reference}")
    if page.canvas.getPageNumber() == 1:
        page.turn()
    draw_results(page, sheet, say)
    _draw_annex(page, sheet, say)
    page.finish()
    _attach_file(canvas, f"{sealed.file_name}.json", write_json(sealed))
    canvas.save()
    body = buffer.getvalue()
    if certify is not None:
        return certify(body)
    return body + b"%" + file_seal(signing_key, body) + b"\n"


def _describe(canvas: Any, sealed: SealedEdition, say: Words) -> None:
    """Name the document by what it holds."""
    title = say(N_("Score sheet"))
    canvas.setTitle(f"{title} {sealed.file_name}")
    canvas.setAuthor(str(sealed.snapshot["agency"]["name"]))
    canvas.setSubject(str(sealed.snapshot["client"]["name"]))


def _draw_annex(page: Page, sheet: ShownSheet, say: Words) -> None:
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


def _attach_file(canvas: Any, name: str, content: bytes) -> None:
    """Embed a file; the viewer lists it among the document's attachments."""
    from reportlab.pdfbase import pdfdoc

    document = canvas._doc
    stream = pdfdoc.PDFStream(
        dictionary=pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("EmbeddedFile"),
                "Subtype": "/application#2Fjson",
            }
        ),
        content=content,
        filters=[pdfdoc.PDFZCompress],
    )
    embedded = document.Reference(stream)
    listed = document.Reference(
        pdfdoc.PDFDictionary(
            {
                "Type": pdfdoc.PDFName("Filespec"),
                "F": pdfdoc.PDFString(name),
                "UF": pdfdoc.PDFString(name),
                "AFRelationship": pdfdoc.PDFName("Data"),
                "EF": pdfdoc.PDFDictionary({"F": embedded, "UF": embedded}),
            }
        )
    )
    names = pdfdoc.PDFDictionary({"Names": pdfdoc.PDFArray([pdfdoc.PDFString(name), listed])})
    document.Catalog.Names = document.Reference(pdfdoc.PDFDictionary({"EmbeddedFiles": names}))
