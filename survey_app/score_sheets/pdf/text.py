"""Text on a page: drawn as it is written, measured and wrapped without any markup.

The built-in Helvetica covers French and English and costs nothing. What it lacks is drawn from a wider typeface that
comes with the product, so that every machine makes the same file, and else named: no character is ever lost.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from survey_app.score_sheets.pdf.ink import draw_run
from survey_app.score_sheets.pdf.scripts import in_visual_order, name_of

REGULAR, BOLD, FIXED = "Helvetica", "Helvetica-Bold", "Courier"
WIDE = "SheetWide"
WIDE_FACE = Path(__file__).parents[2] / "typefaces" / "DejaVuSans.ttf"
# Helvetica draws these as something a reader takes for the same.
SAME = str.maketrans({"\u202f": "\u00a0", "\N{MINUS SIGN}": "–", "\u2011": "-", "\t": " ", "\u2007": "\u00a0"})
# A PDF maps what lies beyond to nothing that a reader could copy: it is named instead.
LAST_OF_PLANE = 0xFFFF
CONTROL = re.compile("[\0-\x1f]")
Run = tuple[str, str]


@cache
def _widths(font: str) -> tuple[float, ...]:
    from reportlab.pdfbase import pdfmetrics

    return tuple(width / 1000 for width in pdfmetrics.getFont(font).widths)


@cache
def _wide_face() -> Any:
    """Return the wider typeface, read once."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    face = TTFont(WIDE, str(WIDE_FACE))
    pdfmetrics.registerFont(face)
    return face


def runs_of(text: str, font: str) -> list[Run]:
    """Cut a text into runs, each with the font that draws it."""
    plain = text.translate(SAME)
    if _is_plain(plain):
        return [(font, plain)]
    runs: list[Run] = []
    for character in in_visual_order(plain):
        name, shown = _draw_with(character, font)
        if runs and runs[-1][0] == name:
            runs[-1] = (name, runs[-1][1] + shown)
        else:
            runs.append((name, shown))
    return runs


def _is_plain(text: str) -> bool:
    if text.isascii():
        return text.isprintable()
    if CONTROL.search(text):
        return False
    try:
        text.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _draw_with(character: str, font: str) -> Run:
    if _is_plain(character):
        return font, character
    is_drawn = ord(character) <= LAST_OF_PLANE and ord(character) in _wide_face().face.charToGlyph
    return (WIDE, character) if is_drawn else (font, name_of(character))


def width_of(text: str, size: float, font: str = REGULAR) -> float:
    """Return how wide a text is, in points."""
    return _unit_width(text, font) * size


@lru_cache(maxsize=16_384)
def _unit_width(text: str, font: str) -> float:
    return sum(_run_width(run, name) for name, run in runs_of(text, font))


def _run_width(run: str, font: str) -> float:
    if font == WIDE:
        return float(_wide_face().stringWidth(run, 1))
    widths = _widths(font)
    return sum(widths[code] for code in run.encode("cp1252"))


def wrap(text: str, size: float, width: float, font: str = REGULAR) -> list[str]:
    """Break a text into lines that fit; a word longer than a line is cut."""
    return [line for paragraph in text.split("\n") for line in _wrap_paragraph(paragraph, size, width, font)]


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


def draw(canvas: Any, x: float, y: float, text: str, size: float, font: str = REGULAR) -> None:
    for name, run in runs_of(text, font):
        if name == WIDE:
            canvas.setFont(name, size)
            canvas.drawString(x, y, run)
        elif run:
            draw_run(canvas, x, y, run, size, name)
        x += (_run_width(run, name) if name == WIDE else _unit_width(run, name)) * size


def draw_right(canvas: Any, x: float, y: float, text: str, size: float, font: str = REGULAR) -> None:
    draw(canvas, x - width_of(text, size, font), y, text, size, font)
