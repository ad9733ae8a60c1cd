"""Greet a contact in a mail, as their civility asks."""

from flask_babel import gettext

from survey_app.clients.models import Civility
from survey_app.errors import N_

GREETINGS = {
    Civility.MADAM: N_("Dear Ms %(name)s"),
    Civility.SIR: N_("Dear Mr %(name)s"),
    Civility.NEUTRAL: N_("Dear %(name)s"),
}


def surname(name: str) -> str:
    """Return the family name: the words in capitals where there are some, else all but the first name."""
    words = name.split()
    capitals = [word for word in words if len(word) > 1 and word.isupper()]
    if capitals and len(capitals) < len(words):
        return " ".join(capitals)
    return " ".join(words[1:]) if len(words) > 1 else name.strip()


def addressed_as(name: str, civility: Civility) -> str:
    """Return what follows the civility: the family name, or the whole name where there is no civility."""
    return name.strip() if civility is Civility.NEUTRAL else surname(name)


def greeting(name: str, civility: Civility) -> str:
    """Greet by name, as « Bonjour Madame Dupont »; without a name no blank is left."""
    shown = addressed_as(name, civility)
    return str(gettext(GREETINGS[civility], name=shown) if shown else gettext("Good morning"))
