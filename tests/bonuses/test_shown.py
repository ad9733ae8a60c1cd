"""A scale says in one line what each of its marks pays."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from survey_app.bonuses.rules import Measured, settle, trace_payment
from survey_app.bonuses.scheme import read_scheme
from survey_app.bonuses.wording import Words, show_trace

TIERS = {"shape": "steps", "steps": [["7", "40"], ["8", "70"], ["9", "100"]]}
LEVELS = {"shape": "levels", "minimum": "6", "required": "7", "inflection": "8", "incentive": "9.5"}


@pytest.mark.parametrize(
    ("curve", "language", "scale"),
    [
        (TIERS, "en", "tiers 7 = 40% · 8 = 70% · 9 = 100%"),
        (TIERS, "fr", "paliers 7 = 40 % · 8 = 70 % · 9 = 100 %"),
        (LEVELS, "en", "levels 6 = 0% · 7 = 50% · 8 = 80% · 9.5 = 100%"),
        ({"shape": "points", "points": [["6", "-50"], ["9", "100"]]}, "en", "levels 6 = -50% · 9 = 100%"),
        ({"shape": "linear"}, "en", "evenly from 7 to 9"),
        ({"shape": "linear", "start_percent": "50"}, "en", "evenly from 7 (50%) to 9"),
        ({"shape": "all_or_nothing"}, "en", "all from 7 on"),
    ],
)
def test_a_scale_tells_what_each_mark_pays(curve: dict[str, Any], language: str, scale: str) -> None:
    malus = {"malus": {"most": "3000", "acceptance": "Both parties accept a deduction."}} if "-" in str(curve) else {}
    one = Measured("a", "indicator", Fraction(8), Decimal(1), Decimal(7), Decimal(9), "met")
    payment = settle(read_scheme({"amount": "10000", "curve": curve, **malus}), [one])
    (part,) = show_trace(trace_payment(payment), {"a": "A"}, Words(language)).parts
    assert " ".join(part.scale.split()) == scale
