"""Amounts worked out by hand: every shape, gate, cap, floor, part period and boundary of a scheme."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from survey_app.bonuses.rules import Measured, move, settle, what_would_change
from survey_app.bonuses.scheme import read_scheme

TIERS = {"shape": "steps", "steps": [["7", "40"], ["8", "70"], ["9", "100"]]}
LEVELS = {"shape": "levels", "minimum": "6", "required": "7", "inflection": "8", "incentive": "9.5"}
ALL = {"shape": "all_or_nothing"}
HALF = {"shape": "linear", "start_percent": "50"}
MALUS = {"most": "3000", "acceptance": "Both parties accept a deduction of at most 3,000 euros."}


def line(
    score: str | None,
    key: str = "a",
    weight: str = "1",
    threshold: str = "7",
    target: str | None = "9",
    state: str = "met",
    *,
    is_paying: bool = True,
) -> Measured:
    return Measured(
        key=key,
        level="indicator",
        score=None if score is None else Fraction(score),
        weight=Decimal(weight),
        threshold=Decimal(threshold),
        target=None if target is None else Decimal(target),
        state=state,
        is_paying=is_paying,
    )


def theme(score: str | None, key: str = "quality", weight: str = "1") -> Measured:
    return Measured(key=key, level="theme", score=None if score is None else Fraction(score), weight=Decimal(weight))


def overall(score: str | None) -> Measured:
    return Measured(key="overall", level="overall", score=None if score is None else Fraction(score))


Example = tuple[str, dict[str, Any], Sequence[Measured], str]

EXAMPLES: list[Example] = [
    # A straight line from the threshold (7, nothing) to the target (9, all): half way earns half.
    ("linear half way", {"amount": "10000"}, [line("8")], "5000.00"),
    ("linear at the threshold", {"amount": "10000"}, [line("7")], "0.00"),
    ("linear a quarter up", {"amount": "10000"}, [line("7.5")], "2500.00"),
    ("linear at the target", {"amount": "10000"}, [line("9")], "10000.00"),
    ("linear beyond the target", {"amount": "10000"}, [line("10")], "10000.00"),
    ("linear under the threshold", {"amount": "10000"}, [line("6.999")], "0.00"),
    # Without a target the line runs to 10: one third of the way from 7 is 3333.333...
    ("linear to ten, rounded down", {"amount": "10000"}, [line("8", target=None)], "3333.33"),
    ("linear to ten, rounded up", {"amount": "10000"}, [line("9", target=None)], "6666.67"),
    ("the target is the threshold", {"amount": "10000"}, [line("7", target="7")], "10000.00"),
    (
        "linear between stated marks",
        {"amount": "900", "curve": {"shape": "linear", "start": "6", "full": "9"}},
        [line("7")],
        "300.00",
    ),
    # Half is earned on reaching the threshold, then it grows: 50 % at 7, 75 % at 8, 100 % at 9.
    ("a start of half, at the threshold", {"amount": "10000", "curve": HALF}, [line("7")], "5000.00"),
    ("a start of half, just under", {"amount": "10000", "curve": HALF}, [line("6.995")], "0.00"),
    ("a start of half, half way", {"amount": "10000", "curve": HALF}, [line("8")], "7500.00"),
    # All or nothing: 7.00 passes, 6.995 does not, and neither does a mean of 6.9999999.
    ("all or nothing passes at 7", {"amount": "10000", "curve": ALL}, [line("7")], "10000.00"),
    ("all or nothing fails at 6.995", {"amount": "10000", "curve": ALL}, [line("6.995")], "0.00"),
    ("all or nothing by a hair", {"amount": "10000", "curve": ALL}, [line("69999999/10000000")], "0.00"),
    ("all or nothing at a stated mark", {"amount": "10000", "curve": ALL | {"at": "8"}}, [line("7.9")], "0.00"),
    # Tiers: 40 % from 7, 70 % from 8, 100 % from 9.
    ("tier one from its first mark", {"amount": "10000", "curve": TIERS}, [line("7")], "4000.00"),
    ("tier one to its last hair", {"amount": "10000", "curve": TIERS}, [line("7.99999")], "4000.00"),
    ("tier two from its first mark", {"amount": "10000", "curve": TIERS}, [line("8")], "7000.00"),
    ("the top tier", {"amount": "10000", "curve": TIERS}, [line("9.2")], "10000.00"),
    ("under every tier", {"amount": "10000", "curve": TIERS}, [line("6.99")], "0.00"),
    # Four levels: 0 % at 6, 50 % at 7, 80 % at 8, 100 % at 9.5.
    ("levels between minimum and required", {"amount": "10000", "curve": LEVELS}, [line("6.5")], "2500.00"),
    ("levels at the required", {"amount": "10000", "curve": LEVELS}, [line("7")], "5000.00"),
    ("levels between required and inflection", {"amount": "10000", "curve": LEVELS}, [line("7.5")], "6500.00"),
    ("levels past the inflection", {"amount": "10000", "curve": LEVELS}, [line("8.75")], "9000.00"),
    ("levels beyond the incentive", {"amount": "10000", "curve": LEVELS}, [line("9.9")], "10000.00"),
    (
        "an incentive above the whole",
        {"amount": "10000", "curve": LEVELS | {"percents": ["0", "50", "100", "120"]}},
        [line("9.5")],
        "12000.00",
    ),
    # Two lines of weights 1 and 3 share 8000 as 2000 and 6000: 2000 x 50 % + 6000 x 100 %.
    ("weights share the base", {"amount": "8000"}, [line("8", "a", "1"), line("9", "b", "3")], "7000.00"),
    (
        "a line that does not pay has no share",
        {"amount": "8000"},
        [line("8", "a"), line("9", "b", is_paying=False)],
        "4000.00",
    ),
    ("a line of no weight has no share", {"amount": "8000"}, [line("8", "a"), line("9", "b", "0")], "4000.00"),
    # Written shares: 60 of 100 on a (50 %), 40 of 100 on b (all): 3000 + 4000.
    (
        "written shares",
        {"amount": "10000", "parts": [{"subject": "a", "share": "60"}, {"subject": "b", "share": "40"}]},
        [line("8", "a"), line("9", "b"), line("10", "c")],
        "7000.00",
    ),
    (
        "a part with its own curve",
        {"amount": "10000", "parts": [{"subject": "a", "share": "1", "curve": TIERS}, {"subject": "b", "share": "1"}]},
        [line("8", "a"), line("8", "b")],
        "6000.00",
    ),
    # Three equal lines of 10000: 3333.33... each, half earned on each, is 5000 exactly, not 4999.99.
    ("thirds add up", {"amount": "10000"}, [line("8", "a"), line("8", "b"), line("8", "c")], "5000.00"),
    # A share of fees: 8 % of 250,000 is 20,000, half earned.
    ("a share of fees", {"fees": "250000", "percent": "8"}, [line("8")], "10000.00"),
    ("a share of fees in fractions of a percent", {"fees": "123456.78", "percent": "2.5"}, [line("9")], "3086.42"),
    # One theme at 8 between 7 and 10 by default is a third; with a stated line it is a half.
    ("by theme", {"amount": "9000", "scope": "themes"}, [theme("8", "a"), theme("10", "b")], "6000.00"),
    (
        "by overall mark",
        {"amount": "9000", "scope": "overall", "curve": {"shape": "linear", "start": "7", "full": "9"}},
        [line("3"), overall("8")],
        "4500.00",
    ),
    # Gates: nothing at all if the stated line is strictly under its minimum.
    ("an open gate", {"amount": "10000", "gates": [{"subject": "b"}]}, [line("9", "a"), line("7", "b")], "5000.00"),
    ("a closed gate", {"amount": "10000", "gates": [{"subject": "b"}]}, [line("9", "a"), line("6.995", "b")], "0.00"),
    (
        "a gate with its own minimum",
        {"amount": "10000", "gates": [{"subject": "b", "minimum": "6"}]},
        [line("9", "a"), line("6.5", "b")],
        "5000.00",
    ),
    (
        "a gate on the overall mark",
        {"amount": "10000", "gates": [{"subject": "overall", "minimum": "7.5"}]},
        [line("9"), overall("7.49")],
        "0.00",
    ),
    (
        "a gate that cannot be measured closes nothing",
        {"amount": "10000", "gates": [{"subject": "b"}]},
        [line("9", "a"), line(None, "b", is_paying=False)],
        "10000.00",
    ),
    (
        "a closed gate takes the guaranteed amount too",
        {"amount": "10000", "floor": "2000", "gates": [{"subject": "a", "minimum": "6"}]},
        [line("5.9")],
        "0.00",
    ),
    # Cap and floor.
    ("the cap", {"amount": "10000", "cap": "6000"}, [line("9")], "6000.00"),
    ("exactly the cap", {"amount": "10000", "cap": "5000"}, [line("8")], "5000.00"),
    ("the floor", {"amount": "10000", "floor": "1500"}, [line("7.1")], "1500.00"),
    ("above the floor", {"amount": "10000", "floor": "1500"}, [line("8")], "5000.00"),
    # Part periods: cap and floor are those of the whole period, the part comes last.
    ("six months of twelve", {"amount": "10000", "prorata": {"part": 6, "whole": 12}}, [line("8")], "2500.00"),
    ("five months of twelve", {"amount": "10000", "prorata": {"part": 5, "whole": 12}}, [line("9")], "4166.67"),
    (
        "days of a year",
        {"amount": "36500", "prorata": {"part": 73, "whole": 365, "unit": "days"}},
        [line("9")],
        "7300.00",
    ),
    (
        "the cap before the part",
        {"amount": "10000", "cap": "6000", "prorata": {"part": 6, "whole": 12}},
        [line("9")],
        "3000.00",
    ),
    (
        "the floor before the part",
        {"amount": "10000", "floor": "2000", "prorata": {"part": 3, "whole": 12}},
        [line("6")],
        "500.00",
    ),
    # Not measurable: neutral shares among the others, carried over sets aside.
    (
        "not measurable is neutral",
        {"amount": "10000"},
        [line("9", "a"), line(None, "b", state="not_measurable")],
        "10000.00",
    ),
    (
        "not measurable is carried over",
        {"amount": "10000", "not_measurable": "carried_over"},
        [line("9", "a"), line(None, "b", state="not_measurable")],
        "5000.00",
    ),
    ("nothing at all is measurable", {"amount": "10000"}, [line(None, state="not_measurable")], "0.00"),
    ("a mark of zero is measured", {"amount": "10000"}, [line("9", "a"), line("0", "b")], "5000.00"),
    # Inconclusive: paid on the mark by default, or only when the threshold is met for certain.
    ("inconclusive on the mark", {"amount": "10000"}, [line("8", state="inconclusive")], "5000.00"),
    (
        "inconclusive only when met",
        {"amount": "10000", "inconclusive": "only_when_met"},
        [line("8", "a", state="inconclusive"), line("8", "b", state="met")],
        "2500.00",
    ),
    # A written deduction: -50 % under 6, none between 6 and 7, limited to 3000.
    (
        "a deduction",
        {
            "amount": "4000",
            "malus": MALUS,
            "curve": {"shape": "steps", "steps": [["6", "0"], ["8", "100"]], "below_percent": "-50"},
        },
        [line("5")],
        "-2000.00",
    ),
    (
        "a deduction has its limit",
        {"amount": "10000", "malus": MALUS, "curve": {"shape": "all_or_nothing", "below_percent": "-50"}},
        [line("5")],
        "-3000.00",
    ),
    (
        "a gain and a deduction",
        {
            "amount": "8000",
            "malus": MALUS,
            "curve": {"shape": "points", "points": [["6", "-50"], ["7", "0"], ["9", "100"]]},
        },
        [line("6.5", "a"), line("8", "b")],
        "1000.00",
    ),
    (
        "a closed gate keeps the deduction",
        {
            "amount": "8000",
            "malus": MALUS,
            "gates": [{"subject": "a"}],
            "curve": {"shape": "points", "points": [["6", "-50"], ["7", "0"], ["9", "100"]]},
        },
        [line("6.5", "a"), line("9", "b")],
        "-1000.00",
    ),
    # One rounding, half up, at the very end: 0.125 of a euro and 2 x 0.0025.
    ("half a cent rounds up", {"amount": "0.25"}, [line("8", target="9")], "0.13"),
    ("rounding waits for the sum", {"amount": "0.01"}, [line("8", "a"), line("8", "b")], "0.01"),
    ("just under half a cent", {"amount": "0.0099"}, [line("8")], "0.00"),
    ("other currencies are the same", {"amount": "10000", "currency": "GBP"}, [line("8")], "5000.00"),
    ("amounts as people write them", {"amount": "10 000,50"}, [line("9")], "10000.50"),
]


@pytest.mark.parametrize(
    ("scheme", "measured", "expected"), [row[1:] for row in EXAMPLES], ids=[r[0] for r in EXAMPLES]
)
def test_the_amount_is_the_one_worked_out_by_hand(
    scheme: dict[str, Any], measured: Sequence[Measured], expected: str
) -> None:
    payment = settle(read_scheme(scheme), measured)
    assert str(payment.amount) == expected
    assert sum(payment.cents.values(), Decimal(0)) == payment.amount, "every cent points to a line or a rule"


@pytest.mark.parametrize(("scheme", "measured"), [row[1:3] for row in EXAMPLES], ids=[row[0] for row in EXAMPLES])
def test_the_reference_measure_never_pays(scheme: dict[str, Any], measured: Sequence[Measured]) -> None:
    payment = settle(read_scheme(scheme), measured, is_baseline=True)
    assert payment.amount == 0
    assert sum(payment.cents.values(), Decimal(0)) == 0
    assert not payment.carried_over


def test_there_are_enough_examples() -> None:
    assert len(EXAMPLES) >= 40
    assert len({row[0] for row in EXAMPLES}) == len(EXAMPLES)


def test_what_is_carried_over_is_paid_by_the_next_measure() -> None:
    scheme = read_scheme({"amount": "10000", "not_measurable": "carried_over"})
    first = settle(scheme, [line("9", "a"), line(None, "b", state="not_measurable")])
    assert first.carried_over == {"b": 5000}
    second = settle(scheme, [line("9", "a"), line("8", "b")], first.carried_over)
    assert str(second.amount) == "10000.00"  # 5000 on a, and (5000 + 5000) x 50 % on b
    assert not second.carried_over


def test_what_is_carried_over_grows_while_the_line_stays_unmeasured() -> None:
    scheme = read_scheme({"amount": "10000", "not_measurable": "carried_over"})
    silent = [line("9", "a"), line(None, "b", state="not_measurable")]
    once = settle(scheme, silent)
    assert settle(scheme, silent, once.carried_over).carried_over == {"b": 10000}


def test_cents_of_thirds_go_to_the_largest_remainders() -> None:
    payment = settle(read_scheme({"amount": "100"}), [line("9", key) for key in "abc"])
    assert sorted(str(value) for value in payment.cents.values()) == ["33.33", "33.33", "33.34"]


def test_a_mark_that_is_moved_brings_its_own_verdict_to_what_would_change() -> None:
    """A line left inconclusive would earn nothing at any mark, and so could change nothing."""
    scheme = read_scheme({"amount": "1000", "inconclusive": "only_when_met"})
    unsure = line("8", state="inconclusive")
    moved = move([unsure], {"a": Fraction(8)})
    payment = settle(scheme, moved)
    assert str(payment.amount) == "500.00"
    (change,) = what_would_change(scheme, moved, payment, {})
    assert (change.mark, str(change.amount)) == (Fraction(9), "1000.00")
