"""What every person is told about their answers: source, purpose, readers, duration, objection."""

from dataclasses import dataclass

from flask_babel import gettext

from survey_app.campaigns.models import Disclosure, PrivacyMode
from survey_app.campaigns.rules import RETENTION_MONTHS
from survey_app.campaigns.vocabulary import promise


@dataclass(frozen=True)
class NoticeFacts:
    agency: str
    client: str
    mode: PrivacyMode
    disclosure: Disclosure
    drives_pay: bool
    privacy_contact: str


def privacy_notice(facts: NoticeFacts) -> list[str]:
    """Return the sentences of the notice in the language in force."""
    names = {"agency": facts.agency, "client": facts.client}
    return [
        gettext("Your address comes from the contacts at %(client)s that %(agency)s works with.", **names),
        _purpose(facts),
        *promise(facts.mode, facts.disclosure, facts.agency, facts.client, gettext),
        gettext("They are kept for %(n)s months after the survey, then deleted.", n=RETENTION_MONTHS),
        _objection(facts),
    ]


def _purpose(facts: NoticeFacts) -> str:
    purpose: str = gettext(
        "Your answers measure whether %(agency)s keeps its commitments to %(client)s, and start an "
        "improvement plan where it does not. Knowing it is in the agency’s legitimate interest.",
        agency=facts.agency,
        client=facts.client,
    )
    if not facts.drives_pay:
        return purpose
    pay = gettext("They also count in the variable part of what the agency is paid.")
    return f"{purpose} {pay}"


def _objection(facts: NoticeFacts) -> str:
    if not facts.privacy_contact:
        return str(gettext("You may object at any time: stop these mails below, or reply to this mail."))
    return str(
        gettext(
            "You may object at any time: stop these mails with the link below, or write to %(contact)s, who also "
            "answers any request to read, correct or erase what concerns you.",
            contact=facts.privacy_contact,
        )
    )
