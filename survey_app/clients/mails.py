"""The words of the mails, an agency's own or the product's: how a contact is greeted, and the way out."""

from collections.abc import Mapping

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.clients.models import Civility, MailWording
from survey_app.clients.rules import Wording
from survey_app.errors import N_
from survey_app.outbox.models import OutgoingEmail
from survey_app.tokens import derive_token

LARGEST_ID = 2**63 - 1
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


def wording_for(session: Session, agency_id: int, kind: str, language: str) -> Wording:
    """Return the agency's words where it wrote some, else ours; called under the mail's language."""
    own = session.scalar(select(MailWording).filter_by(agency_id=agency_id, kind=kind, language=language))
    return Wording(own.subject, own.message) if own else default_wording(kind)


def words_for(session: Session, agency_id: int, kind: str, language: str, values: Mapping[str, str]) -> Wording:
    """Return the words in force with what they name filled in."""
    return wording_for(session, agency_id, kind, language).filled(values)


def seal_unsubscribe_id(key: bytes, mail: OutgoingEmail) -> str:
    """Return the opaque id of the way out of a mail, that only this product can make."""
    # A number alone would name another mail after a restore: the backup has not seen all that were given.
    return f"{mail.id}-{derive_token(key, 'unsubscribe', mail.id, mail.deduplication_key)[:22]}"


def read_unsubscribe_id(opaque_id: str) -> int | None:
    """Return the mail that an unsubscribe link says it came with; nothing is proved yet."""
    number = opaque_id.partition("-")[0]
    return int(number) if number.isascii() and number.isdecimal() and int(number[:20]) <= LARGEST_ID else None


def unsubscribe_url(key: bytes, base_url: str, mail: OutgoingEmail) -> str:
    return f"{base_url.rstrip('/')}/u/{seal_unsubscribe_id(key, mail)}"
