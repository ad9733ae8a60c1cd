"""Formulas of counts, the search by words, and what an agency's own indicator must say before it can be measured."""

import ast
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from survey_app.catalogue.content import Catalogue, Indicator
from survey_app.errors import N_, Invalid

MAX_LENGTH = 500
MAX_DEPTH = 20
_OPERATIONS: dict[type[ast.operator], tuple[str, Callable[[Fraction, Fraction], Fraction]]] = {
    ast.Add: (" + ", lambda a, b: a + b),
    ast.Sub: (" − ", lambda a, b: a - b),
    ast.Mult: (" × ", lambda a, b: a * b),
    ast.Div: (" ÷ ", lambda a, b: a / b),
}
_UNREADABLE = N_(
    "This formula cannot be read. Use the names of the counts, whole or decimal numbers, + - * / and brackets."
)


@dataclass(frozen=True)
class Formula:
    """An expression over named counts."""

    text: str
    root: ast.expr
    names: tuple[str, ...]

    def evaluate(self, counts: Mapping[str, Fraction]) -> Fraction | None:
        """Return the exact value; None where a count is missing or a denominator is zero: not measurable."""
        if any(name not in counts for name in self.names):
            return None
        try:
            return _value(self.root, counts)
        except ZeroDivisionError:
            return None

    def readable(self, labels: Mapping[str, str]) -> str:
        """Write the formula with the names that people use."""
        return _written(self.root, labels)


def parse_formula(text: str) -> Formula:
    """Read a formula, or refuse whatever is not plain arithmetic on named counts."""
    if not text.strip() or len(text) > MAX_LENGTH:
        raise Invalid(_UNREADABLE, field="expression")
    try:
        root = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Invalid(_UNREADABLE, field="expression") from None
    names: list[str] = []
    _check(root, names, depth=0)
    return Formula(text.strip(), root, tuple(dict.fromkeys(names)))


def _check(node: ast.expr, names: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Invalid(_UNREADABLE, field="expression")
    if isinstance(node, ast.Name):
        names.append(node.id)
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        _check(node.left, names, depth + 1)
        _check(node.right, names, depth + 1)
    elif not _is_number(node):
        raise Invalid(_UNREADABLE, field="expression")


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in {int, float}


def _value(node: ast.expr, counts: Mapping[str, Fraction]) -> Fraction:
    if isinstance(node, ast.Name):
        return counts[node.id]
    if isinstance(node, ast.BinOp):
        combine = _OPERATIONS[type(node.op)][1]
        return combine(_value(node.left, counts), _value(node.right, counts))
    assert isinstance(node, ast.Constant)  # noqa: S101 - parse_formula let nothing else through
    # The shortest decimal that names the number is what the author wrote: 0.1 is one tenth here.
    return Fraction(str(node.value))


def _written(node: ast.expr, labels: Mapping[str, str], inside: str = "") -> str:
    if isinstance(node, ast.Name):
        return labels.get(node.id, node.id)
    if isinstance(node, ast.BinOp):
        sign = _OPERATIONS[type(node.op)][0]
        text = _written(node.left, labels, sign) + sign + _written(node.right, labels, sign + "right")
        is_weaker = sign in {" + ", " − "} and inside not in {"", " + ", " + right", " − "}
        is_divisor = inside == " ÷ right" or (inside == " × right" and sign == " ÷ ")
        return f"({text})" if is_weaker or is_divisor else text
    return str(getattr(node, "value", ""))


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


def formula_in_words(indicator: Indicator, language: str) -> str:
    """Write the formula with the names of its counts; empty where the line is asked, not counted."""
    if not indicator.expression:
        return ""
    labels = {count.key: count.label(language) for count in indicator.counts}
    return parse_formula(indicator.expression).readable(labels)


def fold(text: str) -> str:
    """Return text without case or accents, so that « reactivite » finds « Réactivité »; one kind of apostrophe."""
    letters = unicodedata.normalize("NFKD", text.replace("’", "'")).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _is_about(indicator: Indicator, words: list[str]) -> bool:
    text = fold(
        f"{indicator.reference} {indicator.label_fr} {indicator.label_en} {indicator.formula} {indicator.key}"
        f" {indicator.purpose_fr} {indicator.purpose_en}"
    )
    return all(word in text for word in words)


def find_indicators(catalogue: Catalogue, wanted: str, language: str) -> dict[str, list[tuple[Indicator, str]]]:
    """Return the indicators that hold every word, with their label, by theme in the paper's order."""
    words = fold(wanted).split()
    found = {
        theme: [(indicator, indicator.label(language)) for indicator in indicators if _is_about(indicator, words)]
        for theme, indicators in catalogue.by_theme().items()
    }
    return {theme: indicators for theme, indicators in found.items() if indicators}
