"""Text of any script as a page can set it: Arabic letters joined, right to left in its place, the rest named.

The order follows the Unicode bidirectional algorithm; a sheet runs from left to right whatever a name is written in.
"""

import re
import unicodedata
from functools import cache
from typing import Any

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
# They would reorder a line without being seen: they are shown, not obeyed.
DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# They only choose how the sign before them looks, or glue signs together.
SELECTORS = re.compile("[\u200d\ufe00-\ufe0f]")

BRACKETS = {"(": ")", "[": "]", "{": "}", "<": ">", "«": "»"}
OPENINGS = {closing: opening for opening, closing in BRACKETS.items()}


def in_visual_order(text: str) -> str:
    """Return the signs of one line from left to right, each in the form that it has in its word."""
    told = DIRECTIONS.sub(lambda found: name_of(found.group()), text)
    if RIGHT_TO_LEFT.search(told):
        from bidi import get_display

        told = _face_each_other(str(get_display(_reshaper().reshape(told), base_dir="L")))
    return SELECTORS.sub("", told)


def _face_each_other(line: str) -> str:
    """Mirror the brackets that the right-to-left order turned away from what they hold: )x( becomes (x)."""
    signs = list(line)
    turned: dict[str, list[int]] = {opening: [] for opening in BRACKETS}
    n_open = dict.fromkeys(BRACKETS, 0)
    for place, sign in enumerate(line):
        if sign in BRACKETS and turned[sign]:
            signs[turned[sign].pop()], signs[place] = sign, BRACKETS[sign]
        elif sign in BRACKETS:
            n_open[sign] += 1
        elif sign in OPENINGS and n_open[OPENINGS[sign]]:
            n_open[OPENINGS[sign]] -= 1
        elif sign in OPENINGS:
            turned[OPENINGS[sign]].append(place)
    return "".join(signs)


@cache
def _reshaper() -> Any:
    """Return what joins Arabic letters; vowel signs are kept, and so is every word as it is spelled."""
    from arabic_reshaper import ArabicReshaper

    return ArabicReshaper({"delete_harakat": False, "ARABIC LIGATURE ALLAH": False})


def name_of(character: str) -> str:
    """Write a sign that no typeface here draws: a pictogram by its name, anything else by its number."""
    name = unicodedata.name(character, "")
    if name and unicodedata.category(character) in ("So", "Sk"):
        return f"[{name.lower()}]"
    return f"[U+{ord(character):04X}]"
