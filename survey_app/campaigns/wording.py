"""What people are promised before they answer: the same sentences on mail, form, notice and sheet."""

from collections.abc import Callable

from flask_babel import gettext

from survey_app.campaigns.models import Campaign, Disclosure, PrivacyMode
from survey_app.campaigns.rules import MIN_DISTRIBUTION, MIN_SHOWN, RETENTION_MONTHS
from survey_app.errors import N_

READERS = {
    PrivacyMode.NAMED: N_("The team of %(agency)s reads your answers with your name."),
    PrivacyMode.CONFIDENTIAL: N_(
        "Only the quality lead of %(agency)s sees who answered what; everyone else reads results over at least"
        " %(n)s answers."
    ),
    PrivacyMode.ANONYMOUS: N_(
        "Once sent, your answers are anonymous: nothing ties them to you any more. Results are shown over at least"
        " %(n)s answers."
    ),
}
RECEIVED = {
    Disclosure.OVERALL: N_("%(client)s receives the overall results alone, never a single mark."),
    Disclosure.MARKS: N_("%(client)s receives the overall results and each mark, without names."),
}
RECEIVED_OF_MANY = N_(
    "%(client)s receives the overall results and, from %(least)s answers on, each mark, without names."
)


def promise(
    mode: PrivacyMode, disclosure: Disclosure, agency: str, client: str, say: Callable[..., str]
) -> tuple[str, str]:
    """Return what people are promised on form, mail, notice and sheet: who reads them, and what the client receives."""
    received = RECEIVED[disclosure]
    if disclosure is Disclosure.MARKS and mode is not PrivacyMode.NAMED:
        received = RECEIVED_OF_MANY
    values = {"agency": agency, "client": client, "n": MIN_SHOWN, "least": MIN_DISTRIBUTION}
    return say(READERS[mode], **values), say(received, **values)


def privacy_notice(campaign: Campaign, *, is_paying: bool) -> list[str]:
    """Return the sentences of the notice in the language in force."""
    agency = campaign.client.agency
    names = {"agency": agency.name, "client": campaign.client.name}
    purpose = gettext(
        "Your answers measure whether %(agency)s keeps its commitments to %(client)s, and start an "
        "improvement plan where it does not. Knowing it is in the agency’s legitimate interest.",
        **names,
    )
    if is_paying:
        pay = gettext("They also count in the variable part of what the agency is paid.")
        purpose = f"{purpose} {pay}"
    return [
        gettext("Your address comes from the contacts at %(client)s that %(agency)s works with.", **names),
        purpose,
        *promise(campaign.mode, campaign.disclosure, agency.name, campaign.client.name, gettext),
        gettext("They are kept for %(n)s months after the survey, then deleted.", n=RETENTION_MONTHS),
        _objection(agency.privacy_contact),
    ]


def _objection(privacy_contact: str) -> str:
    if not privacy_contact:
        return str(gettext("You may object at any time: stop these mails below, or reply to this mail."))
    return str(
        gettext(
            "You may object at any time: stop these mails with the link below, or write to %(contact)s, who also "
            "answers any request to read, correct or erase what concerns you.",
            contact=privacy_contact,
        )
    )
