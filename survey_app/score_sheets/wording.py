"""The fixed words of a sheet's files, in the reader's language, without a request."""

from typing import Any

from survey_app.bonuses.wording import THEMES as THEMES
from survey_app.bonuses.wording import Words as Words
from survey_app.errors import N_

STATES = {
    "met": N_("Met"),
    "not_met": N_("Not met"),
    "inconclusive": N_("Inconclusive"),
    "not_measurable": N_("Not measurable"),
}
PARTIES = {"agency": N_("the agency"), "client": N_("the client"), "both": N_("both parties")}


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
