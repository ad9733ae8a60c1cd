"""Browse the indicators of the catalogue."""

from flask import Blueprint, current_app, render_template, request

from survey_app.accounts.access import Permission, requires
from survey_app.catalogue.content import Catalogue
from survey_app.catalogue.rules import find_indicators, formula_in_words
from survey_app.catalogue.vocabulary import OBLIGORS, PRINTED_MEASURES, THEMES, WORDLESS_FORMULAS
from survey_app.i18n import current_language

blueprint = Blueprint("catalogue", __name__)


@blueprint.get("/indicators")
@requires(Permission.SEE_CLIENTS)
def index() -> str:
    catalogue: Catalogue = current_app.extensions["survey_catalogue"]
    wanted = request.args.get("q", "")[:100].strip()
    return render_template(
        "catalogue/index.html",
        themes=find_indicators(catalogue, wanted, current_language()),
        q=wanted,
        theme_labels=THEMES,
        measure_labels=PRINTED_MEASURES,
        obligor_labels=OBLIGORS,
        formula_labels=WORDLESS_FORMULAS,
        formula_in_words=formula_in_words,
    )
