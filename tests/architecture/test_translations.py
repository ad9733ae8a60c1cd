"""French is complete: every sentence that a person sees has its French, and no stale one remains."""

import io
import re
from collections import defaultdict
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from survey_app.translation import CONTEXT_MARK, catalogue_files

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "N_": None,
    "ngettext": (1, 2),
    "lazy_ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "translate": (1,),
    "ptranslate": ((1, "c"), 2),
}
# An ordinary space before these would let the mark begin a line.
LOOSE_PUNCTUATION = re.compile(r" [:;?!»](?=\s|$)| %(?!\()|« ")


def in_context(context: str | None, text: str) -> str:
    return f"{context}{CONTEXT_MARK}{text}" if context else text


def sentences_in_use() -> dict[str, list[str]]:
    """Extract every sentence of the code and the templates with its context, and the places that say it."""
    found: dict[str, list[str]] = defaultdict(list)
    folders = ((ROOT / "survey_app", "python", "**.py"), (ROOT / "templates", "jinja2", "**.*"))
    for folder, method, pattern in folders:
        options = {pattern: {"silent": "false", "trimmed": "true"}} if method == "jinja2" else {}
        for file, line, message, _comments, context in extract_from_dir(
            str(folder), [(pattern, method)], options, keywords=KEYWORDS
        ):
            for text in (message,) if isinstance(message, str) else message[:1]:
                if text:
                    found[in_context(context, text)].append(f"{folder.name}/{file}:{line}")
    return found


def french_entries() -> list[tuple[Path, Message]]:
    return [
        (path, message)
        for path in catalogue_files()
        for message in read_po(io.BytesIO(path.read_bytes()), locale="fr")
        if message.id
    ]


def source_text(message: Message) -> str:
    text = message.id[0] if isinstance(message.id, tuple | list) else str(message.id)
    return in_context(message.context, text)


def french_texts(message: Message) -> list[str]:
    return list(message.string) if isinstance(message.string, tuple | list) else [str(message.string)]


@pytest.fixture(scope="module")
def in_use() -> dict[str, list[str]]:
    return sentences_in_use()


def test_every_sentence_has_its_french(in_use: dict[str, list[str]]) -> None:
    translated = {source_text(m) for _, m in french_entries() if all(french_texts(m)) and not m.fuzzy}
    missing = {text: places for text, places in in_use.items() if text not in translated}
    assert len(in_use) > 100
    assert not missing, "\n".join(f"{places[0]}  {text!r}" for text, places in sorted(missing.items()))


def test_no_translation_outlives_its_sentence(in_use: dict[str, list[str]]) -> None:
    stale = [f"{path.parent.name}: {source_text(m)!r}" for path, m in french_entries() if source_text(m) not in in_use]
    assert not stale, "\n".join(stale)


def test_one_sentence_has_one_translation() -> None:
    by_sentence: dict[str, set[str]] = defaultdict(set)
    for _, message in french_entries():
        by_sentence[source_text(message)].add(str(message.string))
    assert not {text: french for text, french in by_sentence.items() if len(french) > 1}


def test_placeholders_survive_translation() -> None:
    broken = [
        f"{path.parent.name}: {source_text(m)!r}"
        for path, m in french_entries()
        for french in french_texts(m)
        if sorted(_placeholders(source_text(m))) != sorted(_placeholders(french)) and not isinstance(m.id, tuple | list)
    ]
    assert not broken, "\n".join(broken)


def test_french_punctuation_never_starts_a_line() -> None:
    wrong = [
        f"{path.parent.name}: {french!r}"
        for path, m in french_entries()
        for french in french_texts(m)
        if LOOSE_PUNCTUATION.search(french)
    ]
    assert not wrong, "\n".join(wrong)


def _placeholders(text: str) -> list[str]:
    return ["".join(names) for names in re.findall(r"%\((\w+)\)[sd]|\{(\w+)\}", text)]
