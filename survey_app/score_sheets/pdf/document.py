"""Put the document together: pages, metadata, the attached snapshot and the seal at the end."""

from io import BytesIO
from typing import Any

from survey_app.errors import N_
from survey_app.pdf.document import new_canvas
from survey_app.pdf.page import Page
from survey_app.pdf.text import wrap
from survey_app.score_sheets.json_file import write_json
from survey_app.score_sheets.pdf.annex import draw_annex
from survey_app.score_sheets.pdf.attaching import attach_file
from survey_app.score_sheets.pdf.certifying import Certify
from survey_app.score_sheets.pdf.money import draw_front
from survey_app.score_sheets.pdf.results import draw_results
from survey_app.score_sheets.sealed import SealedEdition, file_seal
from survey_app.score_sheets.shown.sheet import show_sheet
from survey_app.score_sheets.wording import Words, words_for

FOOTER_CLIENT_WIDTH = 200


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
    draw_front(page, sheet, say, verification_address(sealed, public_base_url))
    if page.canvas.getPageNumber() == 1:
        page.turn()
    draw_results(page, sheet, say)
    draw_annex(page, sheet, say)
    page.finish()
    attach_file(canvas, f"{sealed.file_name}.json", write_json(sealed))
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


def verification_address(sealed: SealedEdition, public_base_url: str) -> str:
    """Return what the QR code opens: the page that tells whether this edition is authentic and the latest."""
    return f"{public_base_url.rstrip('/')}/s/{sealed.snapshot['reference']}"
