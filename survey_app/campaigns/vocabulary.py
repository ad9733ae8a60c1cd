"""Words of the campaigns: kinds, modes, states, recurrences, and what people are promised before they answer."""

from collections.abc import Callable

from survey_app.campaigns.models import CampaignKind, Disclosure, PrivacyMode, Recurrence, WaveState
from survey_app.campaigns.rules import MIN_DISTRIBUTION, MIN_SHOWN
from survey_app.errors import N_
from survey_app.translation import lazy_gettext

KINDS = {
    CampaignKind.BAROMETER: lazy_gettext("Barometer, at regular dates"),
    CampaignKind.CAMPAIGN_REVIEW: lazy_gettext("Campaign review, after an event"),
}
MODES = {
    PrivacyMode.NAMED: lazy_gettext("Named: the agency’s team reads who answered what"),
    PrivacyMode.CONFIDENTIAL: lazy_gettext("Confidential: the quality lead alone sees names"),
    PrivacyMode.ANONYMOUS: lazy_gettext("Anonymous: nothing ties an answer to a person"),
}
DISCLOSURES = {
    Disclosure.OVERALL: lazy_gettext("Overall results: mean, number of answers and interval, no single mark"),
    Disclosure.MARKS: lazy_gettext("Marks without names, beside the overall results"),
}
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
STATES = {
    WaveState.DRAFT: lazy_gettext("In preparation"),
    WaveState.OPEN: lazy_gettext("Open"),
    WaveState.CLOSED: lazy_gettext("Closed"),
    WaveState.CANCELLED: lazy_gettext("Cancelled"),
}
RECURRENCES = {
    "": lazy_gettext("No recurrence: I plan each wave"),
    Recurrence.MONTHLY: lazy_gettext("Every month"),
    Recurrence.EVERY_TWO_MONTHS: lazy_gettext("Every two months"),
    Recurrence.QUARTERLY: lazy_gettext("Every quarter"),
    Recurrence.HALF_YEARLY: lazy_gettext("Every half-year"),
    Recurrence.YEARLY: lazy_gettext("Every year"),
}
PANEL_STATUSES = {
    "kept": lazy_gettext("As last time"),
    "joined": lazy_gettext("New"),
    "left": lazy_gettext("Has left"),
    "bounced": lazy_gettext("Address does not work"),
    "opted_out": lazy_gettext("Has opted out"),
}
MAIL_KINDS = {
    "invitation": lazy_gettext("Invitation"),
    "reminder": lazy_gettext("Reminder"),
}
# Every mail whose words an agency may change.
WORDED_KINDS = {
    **MAIL_KINDS,
    "agreement_proposal": lazy_gettext("Agreement to accept"),
    "plan_proposal": lazy_gettext("Improvement plan to co-sign"),
    "results": lazy_gettext("Results"),
    "digest": lazy_gettext("Weekly digest"),
}
STANDINGS = {
    "queued": lazy_gettext("Waiting to be sent"),
    "sent": lazy_gettext("Sent"),
    "in_doubt": lazy_gettext("In doubt"),
    "bounced": lazy_gettext("Bounced"),
    "opted_out": lazy_gettext("Opted out"),
    "declined": lazy_gettext("Declined to answer"),
    "started": lazy_gettext("Started"),
    "done": lazy_gettext("Done"),
}
LANGUAGE_NAMES = {"fr": lazy_gettext("In French"), "en": lazy_gettext("In English")}


def promise(
    mode: PrivacyMode, disclosure: Disclosure, agency: str, client: str, say: Callable[..., str]
) -> tuple[str, str]:
    """Return what people are promised on form, mail, notice and sheet: who reads them, and what the client receives."""
    received = RECEIVED[disclosure]
    if disclosure is Disclosure.MARKS and mode is not PrivacyMode.NAMED:
        received = RECEIVED_OF_MANY
    values = {"agency": agency, "client": client, "n": MIN_SHOWN, "least": MIN_DISTRIBUTION}
    return say(READERS[mode], **values), say(received, **values)
