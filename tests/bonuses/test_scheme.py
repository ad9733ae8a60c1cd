"""A scheme is read strictly: what cannot be meant is refused, with a sentence that says where."""

from typing import Any

import pytest

from survey_app.bonuses.scheme import read_scheme
from survey_app.errors import Invalid

WRONG: list[tuple[str, dict[str, Any]]] = [
    ("neither amount nor fees", {}),
    ("both", {"amount": "1", "fees": "2", "percent": "3"}),
    ("fees without a percentage", {"fees": "2"}),
    ("a negative amount", {"amount": "-1"}),
    ("no number", {"amount": "a lot"}),
    ("infinity", {"amount": "Infinity"}),
    ("a float, which is never exact", {"amount": 0.1}),
    ("an exponent", {"amount": "1e9"}),
    ("a word it does not know", {"amount": "1", "bonus": "2"}),
    ("a share of more than all", {"fees": "2", "percent": "101"}),
    ("an unknown shape", {"amount": "1", "curve": {"shape": "spiral"}}),
    ("full pay before the start", {"amount": "1", "curve": {"shape": "linear", "start": "8", "full": "7"}}),
    ("tiers that fall", {"amount": "1", "curve": {"shape": "steps", "steps": [["7", "50"], ["8", "40"]]}}),
    ("tiers upside down", {"amount": "1", "curve": {"shape": "steps", "steps": [["8", "50"], ["7", "60"]]}}),
    (
        "levels out of order",
        {
            "amount": "1",
            "curve": {"shape": "levels", "minimum": "7", "required": "6", "inflection": "8", "incentive": "9"},
        },
    ),
    ("a mark off the scale", {"amount": "1", "curve": {"shape": "all_or_nothing", "at": "11"}}),
    ("a floor above the cap", {"amount": "10", "floor": "6", "cap": "5"}),
    ("a deduction that is not written", {"amount": "1", "curve": {"shape": "all_or_nothing", "below_percent": "-10"}}),
    ("a deduction nobody accepted", {"amount": "1", "malus": {"most": "10", "acceptance": ""}}),
    ("more than the whole period", {"amount": "1", "prorata": {"part": 13, "whole": 12}}),
    ("one line twice", {"amount": "1", "parts": [{"subject": "a", "share": "1"}, {"subject": "a", "share": "2"}]}),
    ("a share of nothing", {"amount": "1", "parts": [{"subject": "a", "share": "0"}]}),
    ("themes cannot be inconclusive", {"amount": "1", "scope": "themes", "inconclusive": "only_when_met"}),
]


@pytest.mark.parametrize("scheme", [scheme for _, scheme in WRONG], ids=[name for name, _ in WRONG])
def test_it_refuses(scheme: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refusal:
        read_scheme(scheme)
    assert str(refusal.value)[0].isupper()
    assert str(refusal.value).endswith(".")


def test_a_deduction_that_is_written_is_read() -> None:
    malus = {"most": "100", "acceptance": "Accepted by both on 2 March."}
    scheme = read_scheme({"amount": "1", "malus": malus, "curve": {"shape": "all_or_nothing", "below_percent": "-10"}})
    assert scheme.malus is not None


CURVES: list[dict[str, Any]] = [
    {"shape": "linear"},
    {"shape": "linear", "start": "7", "full": "9.5", "start_percent": "50"},
    {"shape": "all_or_nothing", "at": "7.5"},
    {"shape": "steps", "steps": [["7", "50"], ["8.5", "100"]]},
    {"shape": "levels", "minimum": "6", "required": "7", "inflection": "8", "incentive": "9"},
    {"shape": "points", "points": [["6", "0"], ["9", "120"]]},
]


@pytest.mark.parametrize("curve", CURVES)
def test_every_shape_is_read_again_as_it_was_written(curve: dict[str, Any]) -> None:
    scheme = read_scheme({"amount": "100", "curve": curve})
    assert read_scheme(scheme.canonical()) == scheme


def test_what_is_written_is_read_again_the_same() -> None:
    stored = {
        "fees": "250000",
        "percent": "8",
        "cap": "15000",
        "gates": [{"subject": "a", "minimum": "6.5"}],
        "parts": [{"subject": "a", "share": "60", "curve": {"shape": "steps", "steps": [["7", "50"], ["8.5", "100"]]}}],
        "prorata": {"part": 6, "whole": 12},
    }
    assert read_scheme(read_scheme(stored).canonical()) == read_scheme(stored)
