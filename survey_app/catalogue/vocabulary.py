"""The words of an indicator: its theme, how it is measured, who owes it."""

from enum import StrEnum

from survey_app.translation import lazy_gettext


class Measure(StrEnum):
    SURVEY = "survey"
    FACTUAL = "factual"
    MIXED = "mixed"
    CONTRACTUAL = "contractual"


class Obligor(StrEnum):
    """Who owes the commitment: a client's one never lowers the agency's mark."""

    AGENCY = "agency"
    CLIENT = "client"
    BOTH = "both"


THEMES = {
    "services": lazy_gettext("Services"),
    "quality": lazy_gettext("Quality"),
    "finance": lazy_gettext("Finance"),
    "deadlines": lazy_gettext("Deadlines"),
    "csr": lazy_gettext("Social and environmental responsibility"),
    "security": lazy_gettext("Security"),
}
# What a mean may be of: a theme or the whole.
SUBJECTS = {**THEMES, "overall": lazy_gettext("Overall")}
MEASURES = {
    Measure.SURVEY: lazy_gettext("Survey"),
    Measure.FACTUAL: lazy_gettext("Facts"),
    Measure.MIXED: lazy_gettext("Survey and facts"),
    Measure.CONTRACTUAL: lazy_gettext("Contract document"),
}
PRINTED_MEASURES = {
    **{measure.value: label for measure, label in MEASURES.items()},
    "unspecified": lazy_gettext("To be written by the parties"),
}
# What stands in place of a formula where nothing is counted.
WORDLESS_FORMULAS = {
    "survey": lazy_gettext("Mean of the marks given"),
    "factual": lazy_gettext("Count of the period"),
    "mixed": lazy_gettext("Mean of the marks given"),
    "contractual": lazy_gettext("Document in force, reviewed in time"),
    "unspecified": lazy_gettext("To be agreed"),
}
OBLIGORS = {
    Obligor.AGENCY: lazy_gettext("The agency"),
    Obligor.CLIENT: lazy_gettext("The client"),
    Obligor.BOTH: lazy_gettext("Both parties"),
}
