"""The one translator: each room keeps its own messages.fr.po, merged into one catalogue for pages, mails and files.

Where a page or mail is written the reader's language is in force and gettext needs no more; where it is not, as in
the files of a sheet, the language is said. Both look the words up here.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel import gettext, pgettext
from flask_babel.speaklater import LazyString

PACKAGE_DIR = Path(__file__).resolve().parent
LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"
LANGUAGE_NAMES = {"fr": "Français", "en": "English"}
# How gettext joins a context and its sentence into one key.
CONTEXT_MARK = "\x04"


class Term(LazyString):
    """A label that everyone reads in their own language: the one in force, or the one that is asked for."""

    def __init__(self, text: str, context: str = "", **values: object) -> None:
        self.text, self.context, self.values = text, context, values
        super().__init__(self._say)

    def _say(self) -> str:
        said = pgettext(self.context, self.text, **self.values) if self.context else gettext(self.text, **self.values)
        return str(said)

    def in_language(self, language: str) -> str:
        if self.context:
            return ptranslate(self.context, self.text, language, **self.values)
        return translate(self.text, language, **self.values)


def lazy_gettext(text: str, **values: object) -> Term:
    return Term(text, "", **values)


def lazy_pgettext(context: str, text: str, **values: object) -> Term:
    """Name what has the same English name as something else: the context tells them apart."""
    return Term(text, context, **values)


def catalogue_files() -> Iterator[Path]:
    yield from sorted(PACKAGE_DIR.rglob("messages.fr.po"))


def _french_messages() -> dict[str | tuple[str, int], str]:
    """Read every room's French messages; English is what the code and templates say."""
    messages: dict[str | tuple[str, int], str] = {}
    for path in catalogue_files():
        with path.open("rb") as file:
            for message in read_po(file, locale="fr"):
                if not message.id or not message.string:
                    continue
                context = f"{message.context}{CONTEXT_MARK}" if message.context else ""
                if isinstance(message.id, tuple | list):
                    key = context + message.id[0]
                    messages.update({(key, form): text for form, text in enumerate(message.string)})
                else:
                    messages[f"{context}{message.id}"] = str(message.string)
    return messages


class FrenchTranslations(Translations):
    """The merged French catalogue behind gettext's usual interface."""

    def __init__(self) -> None:
        super().__init__()
        self._catalog = _french_messages()
        self.plural = lambda number: 0 if number in (0, 1) else 1


@cache
def translations(language: str) -> NullTranslations:
    """Return the catalogue of a language; English is what stands in the code."""
    return FrenchTranslations() if language == "fr" else NullTranslations()


def translate(sentence: str | Term, language: str, **values: Any) -> str:
    """Say a sentence or a label in this language."""
    if isinstance(sentence, Term):
        return sentence.in_language(language)
    said = translations(language).ugettext(sentence)
    return said % values if values else said


def ptranslate(context: str, sentence: str, language: str, **values: Any) -> str:
    """Say in this language what has two meanings in English; the context says which."""
    said = translations(language).upgettext(context, sentence)
    return said % values if values else said


def inside_sentence(label: str) -> str:
    """Write a label's first letter small, for the middle of a sentence."""
    return label[:1].lower() + label[1:]
