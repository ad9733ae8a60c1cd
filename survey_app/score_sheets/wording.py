"""The fixed words of a sheet's files, in the reader's language, without a request."""

from typing import Any

from survey_app.bonuses.wording import Words as Words
from survey_app.catalogue.vocabulary import OBLIGORS as OBLIGORS
from survey_app.catalogue.vocabulary import SUBJECTS as SUBJECTS
from survey_app.errors import N_
from survey_app.scores.vocabulary import STATES as STATES


def words_for(snapshot: dict[str, Any], language: str) -> Words:
    """Return the words of one sheet: its rounding, its zone and its currency are part of what was frozen."""
    bonus = snapshot["bonus"]
    return Words(
        language,
        snapshot["agreement"]["rounding_digits"],
        snapshot["client"]["time_zone"],
        bonus["currency"] if bonus else "EUR",
    )


def name_period(snapshot: dict[str, Any], say: Words) -> str:
    wave = snapshot["wave"]
    return say(N_("From %(start)s to %(end)s"), start=say.day(wave["starts_on"]), end=say.day(wave["ends_on"]))
