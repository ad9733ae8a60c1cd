"""French and English: each room keeps its own messages.fr.po, merged into one catalogue."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import g, has_request_context, request
from flask_babel import Babel, Domain, get_locale

PACKAGE_DIR = Path(__file__).resolve().parent
LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"


def catalogue_files() -> Iterator[Path]:
    yield from sorted(PACKAGE_DIR.rglob("messages.fr.po"))


@cache
def french_messages() -> dict[str | tuple[str, int], str]:
    """Read every room's French messages; English is what the code and templates say."""
    messages: dict[str | tuple[str, int], str] = {}
    for path in catalogue_files():
        with path.open("rb") as file:
            for message in read_po(file, locale="fr"):
                if not message.id or not message.string:
                    continue
                if isinstance(message.id, tuple | list):
                    messages.update({(message.id[0], form): text for form, text in enumerate(message.string)})
                else:
                    messages[message.id] = str(message.string)
    return messages


class FrenchTranslations(Translations):
    """The merged French catalogue behind gettext's usual interface."""

    def __init__(self) -> None:
        super().__init__()
        self._catalog = french_messages()
        self.plural = lambda number: 0 if number in (0, 1) else 1


class MergedDomain(Domain):
    """Flask-Babel's domain over the rooms' catalogues, read from their sources."""

    def get_translations(self) -> NullTranslations:
        language = str(get_locale() or DEFAULT_LANGUAGE)
        if language not in self.cache:
            self.cache[language] = FrenchTranslations() if language == "fr" else NullTranslations()
        translations: NullTranslations = self.cache[language]
        return translations


def current_language() -> str:
    """Return the language of this request: the link's, the person's, or the browser's best match."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    if getattr(g, "language", None) in LANGUAGES:
        return str(g.language)
    return request.accept_languages.best_match(LANGUAGES, DEFAULT_LANGUAGE) or DEFAULT_LANGUAGE


def init_i18n() -> Babel:
    babel = Babel()
    babel.domain_instance = MergedDomain()
    return babel
