"""Find indicators by words, whatever their accents and case."""

import unicodedata

from survey_app.catalogue.indicators import Indicator
from survey_app.catalogue.loading import Catalogue


def fold(text: str) -> str:
    """Return text without case or accents, so that « reactivite » finds « Réactivité »; one kind of apostrophe."""
    letters = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _is_about(indicator: Indicator, words: list[str]) -> bool:
    text = fold(
        f"{indicator.reference} {indicator.label_fr} {indicator.label_en} {indicator.formula} {indicator.key}"
        f" {indicator.purpose_fr} {indicator.purpose_en}"
    )
    return all(word in text for word in words)


def find_indicators(catalogue: Catalogue, wanted: str, language: str) -> dict[str, list[tuple[Indicator, str]]]:
    """Return the indicators that hold every word, with their label, by theme in the paper's order."""
    words = fold(wanted).split()
    found = {
        theme: [(indicator, indicator.label(language)) for indicator in indicators if _is_about(indicator, words)]
        for theme, indicators in catalogue.by_theme().items()
    }
    return {theme: indicators for theme, indicators in found.items() if indicators}
