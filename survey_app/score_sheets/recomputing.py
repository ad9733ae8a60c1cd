"""Compute a sheet again from its own figures: scores from the marks, means from the lines, money from the scores."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from survey_app.bonuses.rules import Measured, settle
from survey_app.bonuses.scheme import read_scheme
from survey_app.score_sheets.companions import companion_differences
from survey_app.score_sheets.reading import exact, number


def recomputed_differences(snapshot: dict[str, Any]) -> list[str]:
    """Return what does not follow from the marks: nothing, for every sheet that this product issues."""
    checks = (_line_differences, companion_differences, _mean_differences, _money_differences)
    return [difference for check in checks for difference in check(snapshot)]


def _line_differences(snapshot: dict[str, Any]) -> Iterator[str]:
    for line in snapshot["lines"]:
        score = exact(line["exact"])
        if score is not None and line["is_breach"] != (score < number(line["threshold"])):
            yield f"{line['key']}: verdict"
        if line["measure"] == "survey" and not line["method"].startswith("role-shares"):
            total = exact(line["marks_total"])
            mean = total / line["n"] if line["n"] and total is not None else None
            if mean != score or _listed_total(line) != total:
                yield f"{line['key']}: score"
        if line["measure"] == "mixed" and score is not None:
            share = number(line["survey_share"])
            if score != share * number(line["survey_mark"]) + (1 - share) * number(line["fact_mark"]):
                yield f"{line['key']}: score"


def _listed_total(line: dict[str, Any]) -> Fraction | None:
    if line["marks"] is None:
        return exact(line["marks_total"])
    return sum((number(mark) for mark in line["marks"]), Fraction(0))


def _mean_differences(snapshot: dict[str, Any]) -> Iterator[str]:
    for mean in snapshot["means"]:
        lines = [
            line
            for line in snapshot["lines"]
            if line["exact"] is not None
            and (line["obligor"] == "client") == (mean["party"] == "client")
            and mean["key"] in ("overall", line["theme"])
        ]
        weight = sum((number(line["weight"]) for line in lines), Fraction(0))
        total = sum((number(line["exact"]) * number(line["weight"]) for line in lines), Fraction(0))
        if exact(mean["exact"]) != (total / weight if weight else None):
            yield f"{mean['key']}: mean"


def _money_differences(snapshot: dict[str, Any]) -> Iterator[str]:
    bonus = snapshot["bonus"]
    if bonus is None:
        return
    trace = bonus["trace"]
    carried = {part["subject_key"]: number(part["carried"]) for part in trace["parts"]}
    payment = settle(read_scheme(trace["scheme"]), list(_measured(snapshot)), carried, is_baseline=bonus["is_baseline"])
    if payment.amount != Decimal(bonus["amount"]):
        yield "amount"


def _measured(snapshot: dict[str, Any]) -> Iterator[Measured]:
    """Yield what the money rests on; a line that both parties set aside has no score there."""
    parts = {part["subject_key"]: part for part in snapshot["bonus"]["trace"]["parts"]}
    for line in snapshot["lines"]:
        one = Measured(
            key=line["key"],
            level="indicator",
            score=exact(line["exact"]),
            weight=Decimal(line["weight"]),
            threshold=Decimal(line["threshold"]),
            target=Decimal(line["target"]) if line["target"] else None,
            state=line["state"],
            is_paying=line["is_paying"],
        )
        is_set_aside = line["key"] in parts and parts[line["key"]]["score"] is None
        yield replace(one, score=None) if is_set_aside else one
    for mean in snapshot["means"]:
        if mean["party"] == "agency":
            level = "overall" if mean["key"] == "overall" else "theme"
            yield Measured(key=mean["key"], level=level, score=exact(mean["exact"]), weight=Decimal(mean["weight"]))
