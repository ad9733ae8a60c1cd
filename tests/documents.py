"""What every PDF of the product must hold, whoever is named in it."""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from survey_app.pdf import text

NAMES = "Żółkiewski & Őry – Жанна Ελένη <b>"
# reportlab names it at the head of each page and sets nothing in it.
UNUSED = "/Helvetica"
RIGHT_TO_LEFT_NAMES = "שלום مرحبا"


def read_pdf(document: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(document)).pages)


def assert_it_prints_every_name(document: bytes) -> None:
    """Every sign is there to be copied: one that no typeface drew would come out as another, or not at all."""
    printed = read_pdf(document)
    assert NAMES in " ".join(printed.split())
    # Joined letters have forms of their own, and whoever extracts a text may turn right-to-left words back.
    assert set(RIGHT_TO_LEFT_NAMES) <= set(unicodedata.normalize("NFKC", printed))
    assert {font for font in _fonts(document) if "+" not in font} <= {UNUSED}, "each typeface is embedded"


def _fonts(document: bytes) -> Iterator[str]:
    for page in PdfReader(BytesIO(document)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            yield str(font.get_object()["/BaseFont"])


@contextmanager
def on_another_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Read every typeface anew, on a machine that has none of its own."""
    opened = open

    def no_system_typeface(path: Any, *rest: Any, **named: Any) -> Any:
        is_typeface = str(path).lower().endswith((".ttf", ".otf", ".pfb", ".afm"))
        if is_typeface and text.TYPEFACES not in Path(path).parents:
            raise FileNotFoundError(path)
        return opened(path, *rest, **named)

    with monkeypatch.context() as patch:
        patch.setattr("builtins.open", no_system_typeface)
        for known in (text._typeface, text._drawn, text._plain, text._unit_width):
            known.cache_clear()
        yield
