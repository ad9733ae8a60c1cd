"""From scores to money, exactly: shares, curves, gates, cap and floor, the part paid, one rounding at the end."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from survey_app.bonuses.curves import PayLine, draw_pay_line
from survey_app.bonuses.scheme import BonusScheme, Part
from survey_app.errors import N_, Invalid
from survey_app.formats import round_half_up

CENT = 2
ZERO = Fraction(0)


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
                "both parties"
                " see it moves money."
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
