"""Words of the campaigns: kinds, modes, states, recurrences."""

from survey_app.campaigns.models import CampaignKind, Disclosure, PrivacyMode, Recurrence, WaveState
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
