"""Browse the indicators of the catalogue."""

from flask import Blueprint, current_app, render_template, request
from flask_babel import lazy_gettext

from survey_app.accounts.access import Permission, requires
from survey_app.catalogue.content import Catalogue
from survey_app.catalogue.rules import find_indicators, formula_in_words
from survey_app.i18n import current_language

blueprint = Blueprint("catalogue", __name__)

THEME_LABELS = {
    "services": lazy_gettext("Services"),
    "quality": lazy_gettext("Quality"),
    "finance": lazy_gettext("Finance"),
    "deadlines": lazy_gettext("Deadlines"),
    "csr": lazy_gettext("Social and environmental responsibility"),
    "security": lazy_gettext("Security"),
}
MEASURE_LABELS = {
    "survey": lazy_gettext("Client survey"),
    "factual": lazy_gettext("Facts counted"),
    "mixed": lazy_gettext("Survey and facts"),
    "contractual": lazy_gettext("Document of the contract"),
    "unspecified": lazy_gettext("To be agreed"),
}
OBLIGOR_LABELS = {
    "agency": lazy_gettext("Agency"),
    "client": lazy_gettext("Client"),
    "both": lazy_gettext("Both"),
}
# What stands in place of a formula where nothing is counted.
WORDLESS_FORMULAS = {
    "survey": lazy_gettext("Mean of the marks given"),
    "factual": lazy_gettext("Count of the period"),
    "mixed": lazy_gettext("Mean of the marks given"),
    "contractual": lazy_gettext("Document in force, reviewed in time"),
    "unspecified": lazy_gettext("To be agreed"),
}


@blueprint.get("/indicators")
@requires(Permission.SEE_CLIENTS)
def index() -> str:
    catalogue: Catalogue = current_app.extensions["survey_catalogue"]
    wanted = request.args.get("q", "")[:100].strip()
    return render_template(
        "catalogue/index.html",
        themes=find_indicators(catalogue, wanted, current_language()),
        q=wanted,
        theme_labels=THEME_LABELS,
        measure_labels=MEASURE_LABELS,
        obligor_labels=OBLIGOR_LABELS,
        formula_labels=WORDLESS_FORMULAS,
        formula_in_words=formula_in_words,
    )
