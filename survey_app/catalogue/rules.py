"""What an agency's own indicator must say before it can be measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey_app.catalogue.formulas import parse_formula
from survey_app.errors import N_, Invalid

OWN_PREFIX = "own_"
MEASURED_BY_FACTS = frozenset({"factual", "mixed"})


@dataclass(frozen=True)
class OwnDefinition:
    """An indicator as the agency writes it."""

    theme: str
    label_fr: str
    label_en: str
    purpose_fr: str
    purpose_en: str
    measure: str
    obligor: str
    unit: str
    direction: str
    expression: str
    counts: Sequence[Mapping[str, str]]


def check_definition(definition: OwnDefinition) -> None:
    """Refuse a formula that names a count nobody defined, or facts without a formula."""
    if definition.measure in MEASURED_BY_FACTS and not definition.expression.strip():
        raise Invalid(N_("An indicator measured by facts needs its formula."), field="expression")
    if not definition.expression.strip():
        return
    known = {count["key"] for count in definition.counts}
    names = parse_formula(definition.expression).names
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise Invalid(
            N_("The formula uses %(names)s, which is not one of the counts. Name each count that it uses."),
            field="expression",
            names=", ".join(unknown) or "–",
        )
