"""The words of the results: states of a line, and what may be said of a change."""

from survey_app.translation import lazy_gettext

STATES = {
    "met": lazy_gettext("Met"),
    "not_met": lazy_gettext("Not met"),
    "inconclusive": lazy_gettext("Inconclusive"),
    "not_measurable": lazy_gettext("Not measurable"),
    "hidden": lazy_gettext("Hidden"),
}
VERDICTS = {
    "up": lazy_gettext("Better, beyond chance"),
    "down": lazy_gettext("Worse, beyond chance"),
    "unproved": lazy_gettext("May be chance"),
    "not_testable": lazy_gettext("Too few people to tell"),
}
