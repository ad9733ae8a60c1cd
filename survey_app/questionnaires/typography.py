"""What a text must respect before a client reads it."""

import re
import unicodedata

from pydantic_core import PydanticCustomError

NON_BREAKING = "\u00a0\u202f"
# An ordinary space, or a letter or digit, straight before a mark that French detaches. A colon counts only at
# the end of a word: 18:00 and https://... are left alone.
_ATTACHED_MARK = re.compile(r"(?:[ \n]|(?<=[^\s:;?!.…«(]))(?P<mark>[;?!%»]|:(?=\s|$))")
_OPENING_QUOTE = re.compile(rf"(?P<mark>«)(?![{NON_BREAKING}])")


def check_text(text: str) -> str:
    """Refuse an empty text, stray spaces at its ends and characters no database or mail should carry."""
    if not text.strip():
        raise PydanticCustomError("empty_text", "empty text")
    if text != text.strip():
        raise PydanticCustomError("text_edges", "space at an end")
    for character in text:
        if unicodedata.category(character) in ("Cc", "Cs") and character != "\n":
            written = f"U+{ord(character):04X}"
            raise PydanticCustomError("forbidden_character", "invisible character", {"character": written})
    return text


def check_french(text: str) -> str:
    """Refuse a French text without non-breaking spaces before : ; ? ! % » and after «."""
    fault = _ATTACHED_MARK.search(text) or _OPENING_QUOTE.search(text)
    if fault:
        excerpt = text[max(0, fault.start() - 12) : fault.end() + 4]
        values = {"mark": fault["mark"], "excerpt": excerpt}
        raise PydanticCustomError("french_spacing", "French spacing", values)
    return text
