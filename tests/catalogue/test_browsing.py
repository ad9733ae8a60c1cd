"""The catalogue can be read and searched by those who build agreements."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from survey_app.catalogue.content import load_catalogue
from survey_app.catalogue.rules import find_indicators
from survey_app.clock import SettableClock
from tests.cast import assemble_cast, browser_of


def found(wanted: str) -> list[str]:
    themes = find_indicators(load_catalogue(), wanted, "fr")
    return [indicator.key for indicators in themes.values() for indicator, _label in indicators]


def test_without_words_all_forty_five_are_there_in_order() -> None:
    assert found("  ") == list(load_catalogue())
    assert len(found("")) == 45


@pytest.mark.parametrize(
    ("wanted", "key"),
    [
        ("réactivité", "service_responsiveness"),
        ("REACTIVITE agence", "service_responsiveness"),
        ("l'agence", "service_responsiveness"),
        ("l’agence", "service_responsiveness"),
        ("s6", "service_project_followup"),
        ("downtime", "service_tool_availability"),
        ("responsiveness", "service_responsiveness"),
    ],
)
def test_accents_case_language_and_formula_do_not_hide_an_indicator(wanted: str, key: str) -> None:
    assert key in found(wanted)


def test_french_labels_bear_typographic_apostrophes() -> None:
    labels = [indicator.label_fr for indicator in load_catalogue().values()]
    assert "Réactivité de l’agence" in labels
    assert not [label for label in labels if "'" in label]


def test_every_word_counts() -> None:
    assert found("réactivité introuvable") == []


def test_the_page_shows_label_formula_measure_and_obligor(app: Flask, session: Session, clock: SettableClock) -> None:
    browser = browser_of(app, assemble_cast(session, clock).users["finance"])
    page = browser.get("/indicators?q=s1").text
    assert "Disponibilité des outils de production" in page
    assert "100 × (1 − Heures d’indisponibilité ÷ Heures de service convenues)" in page
    assert "<td>Faits</td>" in page
    assert "Moyenne des notes données" in browser.get("/indicators?q=s2").text
    assert "Tout afficher" in browser.get("/indicators?q=introuvable").text
