"""The fixed words of a sheet's files, in the reader's language, without a request."""

from typing import Any

from survey_app.errors import N_
from survey_app.i18n import french_messages

HARD_SPACE = "\u00a0"

STATES = {
    "met": N_("Met"),
    "not_met": N_("Not met"),
    "inconclusive": N_("Inconclusive"),
    "not_measurable": N_("Not measurable"),
}
THEMES = {
    "services": N_("Services"),
    "quality": N_("Quality"),
    "finance": N_("Finance"),
    "deadlines": N_("Deadlines"),
    "csr": N_("Social and environmental responsibility"),
    "security": N_("Security"),
    "overall": N_("Overall"),
}


class Words:
    """Say a sentence of the product in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, sentence: str, **values: Any) -> str:
        said = french_messages().get(sentence, sentence) if self.language == "fr" else sentence
        return said % values if values else said

    def pick(self, both: dict[str, str]) -> str:
        """Choose the language of a text that the snapshot holds in both."""
        return both[self.language]
