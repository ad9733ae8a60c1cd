"""The trace of a payment as JSON: every number as an exact fraction or decimal in text."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from survey_app.bonuses.rules import GateCheck, PaidPart, Payment
from survey_app.bonuses.simulating import Change

FORMAT = "bonus-trace/1"


def _text(value: Fraction | None) -> str | None:
    return None if value is None else str(value)


def trace_payment(payment: Payment, changes: Sequence[Change] = ()) -> dict[str, Any]:
    """Return everything that led to the amount, so that a reader can follow each euro."""
    scheme = payment.scheme
    return {
        "format": FORMAT,
        "scheme": scheme.canonical(),
        "currency": scheme.currency,
        "base": str(Fraction(scheme.base)),
        "scope": scheme.scope,
        "parts": [_trace_part(part, payment) for part in payment.parts],
        "gates": [_trace_gate(gate) for gate in payment.gates],
        "steps": [{"rule": rule, "value": str(value)} for rule, value in payment.steps],
        "rule_cents": str(payment.cents.get("rule", "0.00")),
        "carried_over": {key: str(value) for key, value in sorted(payment.carried_over.items())},
        "would_change": [
            {"subject_key": change.key, "mark": str(change.mark), "amount": str(change.amount)} for change in changes
        ],
        "exact": str(payment.exact),
        "amount": str(payment.amount),
    }


def _trace_part(part: PaidPart, payment: Payment) -> dict[str, Any]:
    one, line = part.measured, part.pay_line
    return {
        "subject_key": one.key,
        "level": one.level,
        "score": _text(one.score),
        "state": one.state,
        "threshold": None if one.threshold is None else str(one.threshold),
        "share": str(part.share),
        "carried": str(part.carried),
        "at_stake": str(part.at_stake),
        "shape": line.shape,
        "points": [[str(mark), str(percent)] for mark, percent in line.points],
        "below": str(line.below),
        "percent": _text(part.percent),
        "reason": part.reason,
        "earned": str(part.earned),
        "paid": str(payment.cents[one.key]),
    }


def _trace_gate(gate: GateCheck) -> dict[str, Any]:
    return {
        "subject_key": gate.key,
        "minimum": str(gate.minimum),
        "score": _text(gate.score),
        "is_open": gate.is_open,
    }
