"""Qualities that the trade paper asks of an indicator and that a line, as it is written, does not yet show."""

from collections.abc import Mapping
from typing import Protocol

from survey_app.agreements.rules import Line, rests_on_counts
from survey_app.agreements.vocabulary import Measure
from survey_app.errors import N_

QUALITIES: Mapping[str, tuple[str, str]] = {
    "specific": (
        N_("Specific: it names one thing that both parties understand alike"),
        N_("Write the objective in words."),
    ),
    "measurable": (
        N_("Measurable from the start: what is counted or asked exists today"),
        N_("Name who is accountable for the counts."),
    ),
    "objective": (
        N_("Objective: it does not depend on who measures"),
        N_("A survey mark is an opinion: ask at least three people."),
    ),
    "attainable": (
        N_("Attainable: the objective can be reached with the means agreed"),
        N_("Date the objective, and keep the target below 10."),
    ),
    "fair": (
        N_("Fair: the party that owes it has the means to act on it"),
        N_("It moves money and depends on the other party."),
    ),
    "validated": (N_("Validated by both parties"), N_("Propose the agreement to the client's signatory.")),
}


class DatedLine(Line, Protocol):
    objective: str
    accountable: str


def lacking_qualities(line: DatedLine, *, n_respondents: int, is_validated: bool) -> list[tuple[str, str]]:
    """Return each quality that the line does not show yet, with what would show it."""
    lacking = {
        "specific": not line.objective.strip(),
        "measurable": rests_on_counts(line) and not line.accountable.strip(),
        "objective": line.measure in {Measure.SURVEY, Measure.MIXED} and n_respondents < 3,
        "attainable": line.objective_on is None or line.target == 10,
        "fair": line.is_paying and line.obligor.value != "agency",
        "validated": not is_validated,
    }
    return [words for key, words in QUALITIES.items() if lacking[key]]
