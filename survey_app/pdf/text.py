"""Text on a page of a PDF: drawn as it is written, measured and wrapped without any markup.

Every typeface comes with the product and is embedded, so that two machines make the same file and every reader sees
the same page. Liberation covers the Latin, Greek, Cyrillic and Hebrew letters, DejaVu the Arabic ones and most signs;
what neither draws is named: no character is ever lost.
"""

import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from survey_app.pdf.scripts import DIRECTIONS, RIGHT_TO_LEFT, SELECTORS, in_visual_order, name_of

TYPEFACES = Path(__file__).parents[1] / "typefaces"
REGULAR, BOLD, FIXED = "SurveyRegular", "SurveyBold", "SurveyFixed"
WIDE, WIDE_BOLD = "SurveyWide", "SurveyWideBold"
FILES = {
    REGULAR: "LiberationSans-Regular.ttf",
    BOLD: "LiberationSans-Bold.ttf",
    FIXED: "LiberationMono-Regular.ttf",
    WIDE: "DejaVuSans.ttf",
    WIDE_BOLD: "DejaVuSans-Bold.ttf",
}
WIDER = {REGULAR: WIDE, BOLD: WIDE_BOLD, FIXED: WIDE}
# The typefaces lack these; a reader takes what is drawn for the same.
SAME = str.maketrans({"\u2011": "-", "\t": " "})
# A PDF maps what lies beyond to nothing that a reader could copy: it is named instead.
LAST_OF_PLANE = 0xFFFF
# A PDF writes in octal, after a backslash, what is no plain letter of its strings.
ESCAPES = {
    **{code: f"\\{code:03o}" for code in range(256) if not 32 <= code < 127},
    **{ord(sign): f"\\{sign}" for sign in "\\()"},
}
Run = tuple[str, str]


@cache
def _typeface(font: str) -> Any:
    """Return a typeface of the product, read once."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    typeface = TTFont(font, str(TYPEFACES / FILES[font]), asciiReadable=False)
    pdfmetrics.registerFont(typeface)
    return typeface


@cache
def _drawn(font: str) -> frozenset[str]:
    """Return the characters that a typeface draws."""
    return frozenset(chr(code) for code in _typeface(font).face.charToGlyph if 32 <= code <= LAST_OF_PLANE)


@cache
def _plain(font: str) -> frozenset[str]:
    """Return the characters that a typeface draws from left to right, each as it is."""
    special = (RIGHT_TO_LEFT, DIRECTIONS, SELECTORS)
    return frozenset(sign for sign in _drawn(font) if not any(signs.match(sign) for signs in special))


def runs_of(text: str, font: str) -> list[Run]:
    """Cut a text into runs, each with the typeface that draws it."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text = text.translate(SAME)
    if _plain(font).issuperset(text):
        return [(font, text)]
    runs: list[Run] = []
    for character in in_visual_order(text):
        name, shown = _draw_with(character, font)
        if runs and runs[-1][0] == name:
            runs[-1] = (name, runs[-1][1] + shown)
        else:
            runs.append((name, shown))
    return runs


def _draw_with(character: str, font: str) -> Run:
    for name in (font, WIDER[font]):
        if character in _drawn(name):
            return name, character
    return font, name_of(character)


def width_of(text: str, size: float, font: str = REGULAR) -> float:
    """Return how wide a text is, in points."""
    return _unit_width(text, font) * size


@lru_cache(maxsize=16_384)
def _unit_width(text: str, font: str) -> float:
    return sum(_run_width(run, name) for name, run in runs_of(text, font))


def _run_width(run: str, font: str) -> float:
    widths = _typeface(font).face.charWidths
    return float(sum(widths[ord(character)] for character in run) / 1000)


def wrap(text: str, size: float, width: float, font: str = REGULAR) -> list[str]:
    """Break a text into lines that fit; a word longer than a line is cut."""
    return [line for paragraph in text.splitlines() or [""] for line in _wrap_paragraph(paragraph, size, width, font)]


def _wrap_paragraph(text: str, size: float, width: float, font: str) -> list[str]:
    lines, line, taken = [], "", 0.0
    space = width_of(" ", size, font)
    for word in _words(text, size, width, font):
        wide = width_of(word, size, font)
        if line and taken + space + wide > width:
            lines.append(line)
            line, taken = word, wide
        else:
            line, taken = (f"{line} {word}", taken + space + wide) if line else (word, wide)
    return [*lines, line]


def _words(text: str, size: float, width: float, font: str) -> Iterator[str]:
    for word in text.split(" "):
        yield from _cut(word, size, width, font)


def _cut(word: str, size: float, width: float, font: str) -> Iterator[str]:
    while width_of(word, size, font) > width and len(word) > 1:
        fits = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or width_of(word[:n], size, font) <= width)
        yield word[:fits]
        word = word[fits:]
    yield word


def shorten(text: str, size: float, width: float, font: str = REGULAR) -> str:
    """Return the text on one line, with an ellipsis where it is longer than that."""
    first, *more = wrap(text, size, width - width_of("…", size, font), font)
    return f"{first}…" if more else first


def draw(canvas: Any, x: float, y: float, text: str, size: float, font: str = REGULAR) -> None:
    """Draw one line by the PDF's own operators: reportlab's canvas formats each number by itself, ten times slower."""
    document, shown = canvas._doc, []
    for name, run in runs_of(text, font):
        typeface = _typeface(name)
        for subset, codes in typeface.splitString(run, document):
            letters = codes.decode("latin-1").translate(ESCAPES)
            shown.append(f"{typeface.getSubsetInternalName(subset, document)} {size:.2f} Tf ({letters}) Tj")
    canvas._code.append(f"BT {x:.2f} {y:.2f} Td {' '.join(shown)} ET")


def draw_right(canvas: Any, x: float, y: float, text: str, size: float, font: str = REGULAR) -> None:
    draw(canvas, x - width_of(text, size, font), y, text, size, font)
