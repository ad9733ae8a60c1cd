"""Put the document together: pages, metadata, the attached snapshot and the seal at the end."""

from io import BytesIO
from typing import Any

from survey_app.formats import format_money, format_score
from survey_app.score_sheets.json_file import write_json
from survey_app.score_sheets.pdf.attaching import attach_file
from survey_app.score_sheets.reading import exact
from survey_app.score_sheets.sealed import SealedEdition, file_seal
from survey_app.score_sheets.wording import STATES, Words


def write_pdf(sealed: SealedEdition, language: str, signing_key: bytes) -> bytes:
    """Render a sealed edition; the same edition always gives the same bytes."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1, pageCompression=1)
    canvas.setTitle(sealed.file_name)
    _draw(canvas, sealed, Words(language))
    attach_file(canvas, f"{sealed.file_name}.json", write_json(sealed))
    canvas.save()
    body = buffer.getvalue()
    return body + b"%" + file_seal(signing_key, body) + b"\n"


def _draw(canvas: Any, sealed: SealedEdition, say: Words) -> None:
    sheet = sealed.snapshot
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(56, 770, sheet["client"]["name"])
    canvas.setFont("Helvetica", 11)
    bonus = sheet["bonus"]
    canvas.drawString(56, 745, format_money(exact(bonus["amount"]) or 0, bonus["currency"], say.language) if bonus else "")
    y = 710
    for line in sheet["lines"]:
        canvas.drawString(56, y, say.pick(line["label"])[:70])
        canvas.drawRightString(440, y, format_score(exact(line["exact"]), say.language, exact(line["threshold"])))
        canvas.drawString(460, y, say(STATES[line["state"]]))
        y -= 16
        if y < 60:
            canvas.showPage()
            canvas.setFont("Helvetica", 11)
            y = 770
    canvas.showPage()
