"""What a scheme would pay for other marks: the simulator, and what would have changed an amount."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from survey_app.bonuses.rules import Measured, Payment, settle
from survey_app.bonuses.scheme import BonusScheme

MOST_CHANGES = 8


@dataclass(frozen=True)
class Change:
    """One mark other than it was, and the amount it would have made."""

    key: str
    mark: Fraction
    amount: Decimal


def simulate(
    scheme: BonusScheme,
    measured: Sequence[Measured],
    marks: Mapping[str, Fraction | None],
    carried: Mapping[str, Fraction] | None = None,
) -> Payment:
    """Work out the amount with some marks replaced; themes and the whole move only where they are named."""
    return settle(scheme, move(measured, marks), carried)


def move(measured: Sequence[Measured], marks: Mapping[str, Fraction | None]) -> list[Measured]:
    """Give some lines other marks, each with the verdict that goes with it."""
    return [_move(one, marks[one.key]) if one.key in marks else one for one in measured]


def what_would_change(
    scheme: BonusScheme, measured: Sequence[Measured], payment: Payment, carried: Mapping[str, Fraction]
) -> list[Change]:
    """Return, for each line taken alone, the nearest mark that would have paid more, the dearest first."""
    found = [
        Change(key, mark, simulate(scheme, measured, {key: mark}, carried).amount)
        for key, mark in _wanted_marks(payment).items()
    ]
    better = [change for change in found if change.amount > payment.amount]
    return sorted(better, key=lambda change: (-change.amount, change.key))[:MOST_CHANGES]


def _wanted_marks(payment: Payment) -> dict[str, Fraction]:
    closed = {gate.key: gate.minimum for gate in payment.gates if not gate.is_open}
    levels = {
        part.measured.key: level
        for part in payment.parts
        if part.measured.score is not None and (level := part.pay_line.next_level(part.measured.score)) is not None
    }
    return {**levels, **closed}


def _move(one: Measured, mark: Fraction | None) -> Measured:
    """Give a line another mark, and the verdict that goes with it."""
    if mark is None:
        return replace(one, score=None, state="not_measurable")
    is_met = one.threshold is None or mark >= Fraction(one.threshold)
    return replace(one, score=mark, state="met" if is_met else "not_met")
