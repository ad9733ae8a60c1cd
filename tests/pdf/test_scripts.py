"""Words of any script on the page: Arabic joined and in its order, pictograms named, nothing lost or obeyed."""

import unicodedata

import pytest

from survey_app.pdf.scripts import in_visual_order
from survey_app.pdf.text import REGULAR, WIDE, runs_of

# مرحبا (hello), drawn from its last letter to its first: alif ends a word after ba, ba stands inside after ha, ha
# begins anew after ra, which never joins what follows, ra ends after mim, mim begins.
HELLO = "مرحبا"
HELLO_DRAWN = "\ufe8e\ufe92\ufea3\ufeae\ufee3"


def drawn(text: str) -> str:
    return "".join(run for _, run in runs_of(text, REGULAR))


def test_arabic_letters_are_joined_and_run_from_right_to_left() -> None:
    assert in_visual_order(HELLO) == HELLO_DRAWN
    assert in_visual_order("سلام") == "\ufee1\ufefc\ufeb3", "lam and alif are one sign"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Réunion {HELLO} du 12", f"Réunion {HELLO_DRAWN} du 12"),
        ("שלום 2026", "2026 םולש"),
        (f"{HELLO} (2026)", f"(2026) {HELLO_DRAWN}"),
        (f"Agence ({HELLO}) [1]", f"Agence ({HELLO_DRAWN}) [1]"),
        (f"{HELLO} <b>", f"{HELLO_DRAWN} <b>"),
    ],
)
def test_a_line_keeps_its_latin_words_and_numbers_in_order(text: str, shown: str) -> None:
    assert in_visual_order(text) == shown


@pytest.mark.parametrize("text", [HELLO, "مُحَمَّد", "الله", "پنجشنبه", "گزارش", "اردو ٹیم"])
def test_the_typeface_draws_every_form_and_loses_no_letter(text: str) -> None:
    runs = runs_of(text, REGULAR)
    assert {font for font, run in runs if run.strip()} == {WIDE}
    letters = sorted(unicodedata.normalize("NFKC", drawn(text)))
    assert letters == sorted(unicodedata.normalize("NFKC", text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bravo 🎉 !", "Bravo [party popper] !"),
        ("👍🏽", "[thumbs up sign][emoji modifier fitzpatrick type-4]"),
        ("☎️", "☎"),
        ("😀 élan", "[grinning face] élan"),
        ("日本", "[U+65E5][U+672C]"),
        ("a\u202egnp.exe", "a[U+202E]gnp.exe"),
        ("\x07", "[U+0007]"),
    ],
)
def test_what_no_typeface_draws_is_named_and_what_reorders_is_shown(text: str, shown: str) -> None:
    assert drawn(text) == shown
