"""Write formulas as people read them."""

from survey_app.catalogue.formulas import parse_formula
from survey_app.catalogue.indicators import Indicator


def formula_in_words(indicator: Indicator, language: str) -> str:
    """Write the formula with the names of its counts; empty where the line is asked, not counted."""
    if not indicator.expression:
        return ""
    labels = {count.key: count.label(language) for count in indicator.counts}
    return parse_formula(indicator.expression).readable(labels)
