"""How a score becomes an amount: the pay line, the settlement, what a mark would change, and its exact trace."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from survey_app.bonuses.scheme import AllOrNothing, BonusScheme, Levels, Linear, Part, Points, Steps
from survey_app.errors import N_, Invalid
from survey_app.formats import round_half_up

AnyCurve = Linear | AllOrNothing | Steps | Levels | Points
TOP = Decimal(10)
CENT = 2
ZERO = Fraction(0)
MOST_CHANGES = 8
FORMAT = "bonus-trace/1"


@dataclass(frozen=True)
class PayLine:
    """A curve with its marks in figures; under the first point `below` holds, beyond the last its percentage."""

    shape: str
    points: tuple[tuple[Fraction, Fraction], ...]
    below: Fraction

    @property
    def is_stepped(self) -> bool:
        return self.shape in ("steps", "all_or_nothing")

    def percent(self, mark: Fraction) -> Fraction:
        """Return the exact percentage that a mark earns; a mark on a level has reached it."""
        if mark < self.points[0][0]:
            return self.below
        for (low, low_percent), (high, high_percent) in pairwise(self.points):
            if mark < high:
                rise = Fraction(0) if self.is_stepped else (high_percent - low_percent) / (high - low)
                return low_percent + rise * (mark - low)
        return self.points[-1][1]

    def next_level(self, mark: Fraction) -> Fraction | None:
        """Return the nearest mark above this one that earns more, or where the slope ends."""
        earned = self.percent(mark)
        return next((level for level, percent in self.points if level > mark and percent > earned), None)


def draw_pay_line(curve: AnyCurve, threshold: Decimal | None, target: Decimal | None) -> PayLine:
    """Put figures on a curve: what it leaves open is the line's own threshold and target."""
    match curve:
        case Linear():
            return _draw_linear(curve, threshold, target)
        case AllOrNothing(at=at):
            level = at if at is not None else threshold if threshold is not None else Decimal(7)
            return _draw("all_or_nothing", ((level, Decimal(100)),), curve.below_percent)
        case Steps(steps=steps):
            return _draw("steps", steps, curve.below_percent)
        case Levels():
            return _draw("levels", curve.points, curve.below_percent)
        case Points(points=points):
            return _draw("points", points, points[0][1])


def _draw_linear(curve: Linear, threshold: Decimal | None, target: Decimal | None) -> PayLine:
    start = curve.start if curve.start is not None else threshold if threshold is not None else Decimal(7)
    full = curve.full if curve.full is not None else target if target is not None else TOP
    if full <= start:
        # The target is the threshold itself: reaching it earns all.
        return _draw("linear", ((start, Decimal(100)),), curve.below_percent)
    return _draw("linear", ((start, curve.start_percent), (full, Decimal(100))), curve.below_percent)


def _draw(shape: str, points: tuple[tuple[Decimal, Decimal], ...], below: Decimal) -> PayLine:
    exact = tuple((Fraction(mark), Fraction(percent)) for mark, percent in points)
    return PayLine(shape, exact, Fraction(below))


@dataclass(frozen=True)
class Measured:
    """A line, a theme or the whole, as the bonus sees it."""

    key: str
    level: str
    score: Fraction | None
    weight: Decimal = Decimal(1)
    threshold: Decimal | None = None
    target: Decimal | None = None
    state: str | None = None
    is_paying: bool = True


@dataclass(frozen=True)
class PaidPart:
    """One share: what was at stake, which percentage its mark earned and why, and what that gives exactly."""

    measured: Measured
    share: Fraction
    at_stake: Fraction
    carried: Fraction
    pay_line: PayLine
    percent: Fraction | None
    reason: str
    earned: Fraction


@dataclass(frozen=True)
class GateCheck:
    key: str
    minimum: Fraction
    score: Fraction | None
    is_open: bool


@dataclass(frozen=True)
class Payment:
    """The amount, the steps that led to it, and cents that point each to a line or to a rule of the scheme."""

    scheme: BonusScheme
    parts: tuple[PaidPart, ...]
    gates: tuple[GateCheck, ...]
    steps: tuple[tuple[str, Fraction], ...]
    carried_over: Mapping[str, Fraction]
    exact: Fraction
    amount: Decimal
    cents: Mapping[str, Decimal]


def check_subjects(scheme: BonusScheme, known: Collection[str], paying: Collection[str]) -> None:
    """Refuse a scheme that pays on a line which is not marked as moving money, or names what is not there."""
    if scheme.scope == "lines" and not scheme.parts and not paying:
        raise Invalid(N_("No line of the agreement moves money yet. Open a line and tick it as paying."), field="scope")
    if scheme.scope == "lines" and any(part.subject not in paying for part in scheme.parts):
        raise Invalid(
            N_(
                "A share stands on a line that is not marked as paying. Open that line and tick it, so that "
                "both parties see it moves money."
            ),
            field="parts",
        )
    if any(gate.subject not in known for gate in scheme.gates):
        raise Invalid(N_("A gate stands on a line that is not in the agreement any more. Take it out."), field="gates")


def settle(
    scheme: BonusScheme,
    measured: Sequence[Measured],
    carried: Mapping[str, Fraction] | None = None,
    *,
    is_baseline: bool = False,
) -> Payment:
    """Work out what a scheme pays for these scores; the reference measure pays nothing."""
    parts = pay_parts(scheme, measured, carried or {})
    gates = check_gates(scheme, measured)
    steps = follow_steps(scheme, parts, gates, is_baseline)
    exact = steps[-1][1]
    amount = round_half_up(exact, CENT)
    kept = {p.measured.key: p.at_stake for p in parts if p.reason == "carried_over"} if not is_baseline else {}
    return Payment(scheme, parts, gates, steps, kept, exact, amount, point_cents(scheme, parts, exact, amount))


def pay_parts(
    scheme: BonusScheme, measured: Sequence[Measured], carried: Mapping[str, Fraction]
) -> tuple[PaidPart, ...]:
    """Share the base out and let each mark earn its percentage of its share."""
    chosen = choose_parts(scheme, measured)
    counted = [(part, one) for part, one in chosen if one.score is not None or scheme.not_measurable == "carried_over"]
    total = sum((Fraction(part.share) for part, _ in counted), ZERO)
    return tuple(
        _pay_part(scheme, part, one, Fraction(part.share) / total if (part, one) in counted else ZERO, carried)
        for part, one in chosen
    )


def choose_parts(scheme: BonusScheme, measured: Sequence[Measured]) -> list[tuple[Part, Measured]]:
    """Return the shares written in the scheme, or else every paying line, theme or the whole by its weight."""
    level = {"lines": "indicator", "themes": "theme", "overall": "overall"}[scheme.scope]
    by_key = {one.key: one for one in measured}
    if scheme.parts:
        missing = Measured("", level, None)
        return [(part, by_key.get(part.subject, replace(missing, key=part.subject))) for part in scheme.parts]
    return [
        (Part(subject=one.key, share=one.weight), one)
        for one in measured
        if one.level == level and one.weight > 0 and (one.is_paying or level != "indicator")
    ]


def _pay_part(
    scheme: BonusScheme, part: Part, one: Measured, share: Fraction, carried: Mapping[str, Fraction]
) -> PaidPart:
    before = carried.get(one.key, ZERO)
    at_stake = Fraction(scheme.base) * share + before
    pay_line = draw_pay_line(part.curve or scheme.curve, one.threshold, one.target)
    if one.score is None:
        reason = "carried_over" if scheme.not_measurable == "carried_over" else "not_measurable"
        return PaidPart(one, share, at_stake, before, pay_line, None, reason, ZERO)
    if one.state == "inconclusive" and scheme.inconclusive == "only_when_met":
        return PaidPart(one, share, at_stake, before, pay_line, ZERO, "inconclusive", ZERO)
    percent = pay_line.percent(one.score)
    reason = "below" if one.score < pay_line.points[0][0] else "earned"
    return PaidPart(one, share, at_stake, before, pay_line, percent, reason, at_stake * percent / 100)


def check_gates(scheme: BonusScheme, measured: Sequence[Measured]) -> tuple[GateCheck, ...]:
    """Compare each gate exactly; what cannot be measured closes nothing."""
    by_key = {one.key: one for one in measured}
    checks = []
    for gate in scheme.gates:
        one = by_key.get(gate.subject)
        own = one.threshold if one is not None and one.threshold is not None else Decimal(7)
        minimum = Fraction(gate.minimum if gate.minimum is not None else own)
        score = one.score if one is not None else None
        checks.append(GateCheck(gate.subject, minimum, score, score is None or score >= minimum))
    return tuple(checks)


def follow_steps(
    scheme: BonusScheme, parts: Sequence[PaidPart], gates: Sequence[GateCheck], is_baseline: bool
) -> tuple[tuple[str, Fraction], ...]:
    """Walk from the sum of the parts to the exact amount, naming each rule that had a say.

    A closed gate takes what was gained, and the guaranteed amount with it; a deduction stays.
    """
    gained = sum((part.earned for part in parts if part.earned > 0), ZERO)
    lost = sum((part.earned for part in parts if part.earned < 0), ZERO)
    steps = [("parts", gained + lost)]
    if not all(gate.is_open for gate in gates):
        steps.append(("gate", lost))
    else:
        value = gained + lost
        if scheme.floor is not None and value < scheme.floor:
            steps.append(("floor", Fraction(scheme.floor)))
        if scheme.cap is not None and value > scheme.cap:
            steps.append(("cap", Fraction(scheme.cap)))
    if scheme.malus is not None and steps[-1][1] < -scheme.malus.most:
        steps.append(("malus", -Fraction(scheme.malus.most)))
    if scheme.prorata is not None:
        steps.append(("prorata", steps[-1][1] * Fraction(scheme.prorata.part, scheme.prorata.whole)))
    if is_baseline:
        steps.append(("baseline", ZERO))
    return tuple(steps)


def point_cents(scheme: BonusScheme, parts: Sequence[PaidPart], exact: Fraction, amount: Decimal) -> dict[str, Decimal]:
    """Give every cent its line: exact shares cut to cents, the last ones to the largest remainders.

    What a gate, cap, floor, limit or the reference measure took away or added stands under "rule".
    """
    ratio = Fraction(scheme.prorata.part, scheme.prorata.whole) if scheme.prorata else Fraction(1)
    wanted = {part.measured.key: part.earned * ratio for part in parts}
    rule = exact - sum(wanted.values(), ZERO)
    if rule:
        wanted["rule"] = rule
    cents = {key: (value * 100).__floor__() for key, value in wanted.items()}
    missing = int(amount * 100) - sum(cents.values())
    by_remainder = sorted(wanted, key=lambda key: (cents[key] - wanted[key] * 100, key))
    for place in range(missing):
        cents[by_remainder[place % len(by_remainder)]] += 1
    return {key: Decimal(value).scaleb(-CENT) for key, value in cents.items()}


@dataclass(frozen=True)
class Change:
    """One mark other than it was, and the amount it would have made."""

    key: str
    mark: Fraction
    amount: Decimal


def move(measured: Sequence[Measured], marks: Mapping[str, Fraction | None]) -> list[Measured]:
    """Give some lines other marks, each with its verdict; themes and the whole move only where they are named."""
    return [_move(one, marks[one.key]) if one.key in marks else one for one in measured]


def what_would_change(
    scheme: BonusScheme, measured: Sequence[Measured], payment: Payment, carried: Mapping[str, Fraction]
) -> list[Change]:
    """Return, for each line taken alone, the nearest mark that would have paid more, the dearest first."""
    found = [
        Change(key, mark, settle(scheme, move(measured, {key: mark}), carried).amount)
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
    if mark is None:
        return replace(one, score=None, state="not_measurable")
    is_met = one.threshold is None or mark >= Fraction(one.threshold)
    return replace(one, score=mark, state="met" if is_met else "not_met")


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
