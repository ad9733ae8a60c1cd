"""A document of the product: pages in its typefaces, with a footer on each; the same content gives the same bytes."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from survey_app.pdf.page import HEIGHT, LEFT, RIGHT, WIDTH, Page
from survey_app.pdf.text import shorten

FOOTER_SIZE, NUMBER_WIDTH = 7.5, 60


def new_canvas(target: BytesIO, language: str) -> Any:
    """Return an empty document; nothing of the machine or of the day is kept in it."""
    from reportlab import rl_config
    from reportlab.pdfgen.canvas import Canvas

    # Pages as plain compressed bytes: text armour is a fifth larger and slower.
    rl_config.useA85 = 0
    canvas = Canvas(target, pagesize=(WIDTH, HEIGHT), invariant=1, pageCompression=1, lang=language)
    canvas.setCreator("")
    canvas.setProducer("")
    return canvas


def write_document(title: str, author: str, footer: str, language: str, write: Callable[[Page], None]) -> bytes:
    """Return as a PDF the pages that `write` fills."""
    target = BytesIO()
    canvas = new_canvas(target, language)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    page = Page(canvas, shorten(footer, FOOTER_SIZE, RIGHT - LEFT - NUMBER_WIDTH))
    write(page)
    page.finish()
    canvas.save()
    return target.getvalue()
