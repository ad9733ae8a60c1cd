"""Formulas of counts: read once into a small tree, evaluated exactly, never executed as code."""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

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
