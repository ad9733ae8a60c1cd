"""The words of the results: states, themes, parties, measures, methods."""

from flask_babel import lazy_gettext

STATES = {
    "met": lazy_gettext("Met"),
    "not_met": lazy_gettext("Not met"),
    "inconclusive": lazy_gettext("Inconclusive"),
    "not_measurable": lazy_gettext("Not measurable"),
    "hidden": lazy_gettext("Hidden"),
}
THEMES = {
    "services": lazy_gettext("Services"),
    "quality": lazy_gettext("Quality"),
    "finance": lazy_gettext("Finance"),
    "deadlines": lazy_gettext("Deadlines"),
    "csr": lazy_gettext("Responsibility"),
    "security": lazy_gettext("Security"),
    "overall": lazy_gettext("Overall"),
}
MEASURES = {
    "survey": lazy_gettext("survey"),
    "factual": lazy_gettext("facts"),
    "mixed": lazy_gettext("survey and facts"),
    "contractual": lazy_gettext("evidence"),
}
VERDICTS = {
    "up": lazy_gettext("Better, beyond chance"),
    "down": lazy_gettext("Worse, beyond chance"),
    "unproved": lazy_gettext("May be chance"),
    "not_testable": lazy_gettext("Too few people to tell"),
}
