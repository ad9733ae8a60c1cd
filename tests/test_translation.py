"""One translator says the same words on a page and in a file."""

from flask import Flask
from flask_babel import force_locale, pgettext

from survey_app.catalogue.vocabulary import OBLIGORS, Obligor
from survey_app.translation import inside_sentence, ptranslate, translate, translations


def test_two_meanings_of_one_english_word_have_each_their_french(app: Flask) -> None:
    assert translate("Change", "fr") == "Modifier"
    assert ptranslate("difference between two scores", "Change", "fr") == "Écart"
    assert ptranslate("difference between two scores", "Change", "en") == "Change"
    with app.test_request_context(), force_locale("fr"):
        assert pgettext("difference between two scores", "Change") == "Écart"


def test_a_label_is_said_in_the_language_asked_for_and_in_the_one_in_force(app: Flask) -> None:
    label = OBLIGORS[Obligor.AGENCY]
    assert [translate(label, language) for language in ("fr", "en")] == ["L’agence", "The agency"]
    assert inside_sentence(translate(label, "fr")) == "l’agence"
    with app.test_request_context(), force_locale("en"):
        assert str(label) == "The agency"


def test_a_sentence_that_counts_takes_the_singular_of_its_language() -> None:
    def leave(n: int, language: str) -> str:
        said = translations(language).ungettext("%(num)s mail will leave.", "%(num)s mails will leave.", n)
        return str(said % {"num": n})

    assert leave(0, "en") == "0 mails will leave."
    assert leave(2, "en") == "2 mails will leave."
    assert leave(0, "fr") != leave(2, "fr").replace("2", "0")
