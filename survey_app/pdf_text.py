"""Text for PDF documents: one wrapper that lets no user's words act as markup, and one typeface.

reportlab reads markup in a paragraph: an image tag would open a file of the server, an unbalanced tag would raise.
"""

import unicodedata
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

MAX_TEXT = 20_000
# Metric twins of Helvetica with the letters of every European language; the last resort comes with reportlab.
FACES = (
    (
        "/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf",
        "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
    ),
    ("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf"),
    ("Vera.ttf", "VeraBd.ttf"),
)
REGULAR, BOLD = "SurveyText", "SurveyTextBold"
# Few typefaces draw these; a reader sees the same thing.
SUBSTITUTES = str.maketrans({"\u202f": "\u00a0", "\u2011": "-", "\t": " "})


def _is_printable(character: str) -> bool:
    return character == "\n" or unicodedata.category(character) not in {"Cc", "Cs", "Co", "Cn"}


def pdf_text(text: object) -> str:
    """Return any text as a paragraph may hold it: shown as it is written, never obeyed."""
    plain = unicodedata.normalize("NFC", str(text))[:MAX_TEXT].translate(SUBSTITUTES)
    kept = "".join(character for character in plain.replace("\r\n", "\n") if _is_printable(character))
    return escape(kept).replace("\n", "<br/>")


@cache
def register_typeface() -> tuple[str, str]:
    """Make the typeface known to reportlab once, and return its regular and bold names."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    regular, bold = next(faces for faces in FACES if not faces[0].startswith("/") or Path(faces[0]).exists())
    pdfmetrics.registerFont(TTFont(REGULAR, regular))
    pdfmetrics.registerFont(TTFont(BOLD, bold))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)
    return REGULAR, BOLD
