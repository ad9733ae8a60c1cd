"""The product's own words for the mails, until an agency writes its own."""

from flask_babel import gettext

from survey_app.clients.wording.rules import Wording
from survey_app.errors import N_

DEFAULTS = {
    "invitation": (
        N_("How is {agency} doing? Your opinion by {deadline}"),
        N_(
            "{agency} and {client} have agreed on what good service is. You see this service every day: "
            "we would like your marks.\n\n"
            "It takes a few minutes, on a phone as well, and until {deadline}."
        ),
    ),
    "reminder": (
        N_("Your opinion still counts: {agency}, until {deadline}"),
        N_(
            "We have not received your answers about {agency} yet. They count as much as those of your "
            "colleagues: every missing answer makes the result less fair.\n\n"
            "It takes a few minutes, until {deadline}. What you have already entered is kept."
        ),
    ),
    "agreement_proposal": (
        N_("{agency} proposes an agreement: {agreement}"),
        N_(
            "{agency} proposes “{agreement}” to {client}: {lines} lines, each with its threshold. Accept them, "
            "propose something else or strike them, line by line, without an account."
        ),
    ),
    "plan_proposal": (
        N_("An improvement plan to co-sign: {line}"),
        N_(
            "{agency} proposes an improvement plan to {client} for “{line}”.\n\n"
            "Read it, co-sign it, or say part by part what you would change: a few minutes, on a phone too."
        ),
    ),
    "results": (
        N_("{wave}: your results"),
        N_(
            "The results of “{wave}” are ready: the score of each line, the answers it rests on, and what may be "
            "said of it. The page shows totals alone, never who answered what."
        ),
    ),
    "digest": (
        N_("Where do the answers stand? Open waves: {open}, in preparation: {waiting}"),
        N_("The marks stay hidden until each wave is closed."),
    ),
}


def default_wording(kind: str) -> Wording:
    """Return our own words in the language in force."""
    subject, message = DEFAULTS[kind]
    return Wording(gettext(subject), gettext(message))
