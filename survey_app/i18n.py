"""The language of a request, and Flask-Babel's way to the one catalogue."""

from babel.support import NullTranslations
from flask import g, has_request_context, request
from flask_babel import Babel, Domain, get_locale

from survey_app.translation import DEFAULT_LANGUAGE, translations
from survey_app.translation import LANGUAGES as LANGUAGES


class MergedDomain(Domain):
    """Flask-Babel's domain over the one catalogue."""

    def get_translations(self) -> NullTranslations:
        locale = get_locale()
        return translations(locale.language if locale else DEFAULT_LANGUAGE)


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
