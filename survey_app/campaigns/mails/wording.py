"""The product's own words for the mails of a wave, until an agency writes its own."""

from flask_babel import gettext
from sqlalchemy.orm import Session

from survey_app.campaigns.mails.queries import find_wording
from survey_app.campaigns.mails.rules import Wording
from survey_app.errors import N_

DEFAULTS = {
    "invitation": (
        N_("How is {agency} doing? Your opinion by {deadline}"),
        N_(
            "{agency} and {client} have agreed on what good service is. You see this service every day: "
            "we would like your marks.\n\n"
            "It takes about two minutes, on a phone as well, and until {deadline}."
        ),
    ),
    "reminder": (
        N_("Your opinion still counts: {agency}, until {deadline}"),
        N_(
            "We have not received your answers about {agency} yet. They count as much as those of your "
            "colleagues: every missing answer makes the result less fair.\n\n"
            "It takes about two minutes, until {deadline}. What you have already entered is kept."
        ),
    ),
}


def default_wording(kind: str) -> Wording:
    """Return our own words in the language in force."""
    subject, message = DEFAULTS[kind]
    return Wording(gettext(subject), gettext(message))


def wording_for(session: Session, agency_id: int, kind: str, language: str) -> Wording:
    """Return the agency's words where it wrote some, else ours; called under the mail's language."""
    own = find_wording(session, agency_id, kind, language)
    return Wording(own.subject, own.message) if own else default_wording(kind)
