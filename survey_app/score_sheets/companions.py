"""The ratios that stand beside a line's mark and never in it: exact, from the validated counts of the period."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from survey_app.agreements.models import Commitment
from survey_app.catalogue.rules import parse_formula
from survey_app.measurements.rules import Counts, companion_values, mean_counts
from survey_app.score_sheets.reading import exact

LineCounts = Mapping[str, Sequence[Counts]]


def describe_companions(commitment: Commitment, counted: Sequence[Counts]) -> list[dict[str, Any]]:
    """Return each companion that was counted; a ratio over nothing is not measurable, never 0."""
    counts = mean_counts(counted)
    return [
        {
            "label": {language: companion[f"label_{language}"] for language in ("fr", "en")},
            "expression": companion["expression"],
            "exact": value,
        }
        for companion, value in companion_values(commitment, counts)
        if set(parse_formula(companion["expression"]).names) <= counts.keys()
    ]


def counts_by_line(facts: Sequence[Mapping[str, Any]]) -> LineCounts:
    """Return the counts of a snapshot's facts, line by line and period by period."""
    found: dict[str, list[Counts]] = {}
    for fact in facts:
        counts = {key: Fraction(text) for key, text in fact["counts"].items()}
        found.setdefault(fact["line"], []).append(counts)
    return found


def companion_differences(snapshot: Mapping[str, Any]) -> Iterator[str]:
    """Yield the companions that do not follow from the counts that the sheet holds."""
    counted = counts_by_line(snapshot["facts"])
    for line in snapshot["lines"]:
        counts = mean_counts(counted.get(line["key"], ()))
        for companion in line.get("companions", ()):
            if parse_formula(companion["expression"]).evaluate(counts) != exact(companion["exact"]):
                yield f"{line['key']}: companion"
