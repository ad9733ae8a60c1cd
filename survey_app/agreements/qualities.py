"""The nine qualities that the trade paper asks of an indicator, and what of them the editor can already tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from survey_app.agreements.rules import Line, rests_on_counts
from survey_app.agreements.vocabulary import Measure
from survey_app.errors import N_

QUALITIES: Mapping[str, str] = {
    "specific": N_("Specific: it names one thing that both parties understand alike"),
    "measurable": N_("Measurable from the start: what is counted or asked exists today"),
    "objective": N_("Objective: it does not depend on who measures"),
    "attainable": N_("Attainable: the objective can be reached with the means agreed"),
    "analysable": N_("Analysable: a bad mark says where to act"),
    "fair": N_("Fair: the party that owes it has the means to act on it"),
    "result_oriented": N_("Result-oriented: it looks at what is delivered, not at effort"),
    "assessable": N_("Assessable over time: it is measured the same way at each period"),
    "validated": N_("Validated by both parties"),
}
HINTS: Mapping[str, str] = {
    "specific": N_("Write the objective in words."),
    "measurable": N_("Name who is accountable for the counts."),
    "objective": N_("A survey mark is an opinion: ask at least three people."),
    "attainable": N_("Date the objective, and keep the target below 10."),
    "fair": N_("It moves money and depends on the other party."),
    "validated": N_("Propose the agreement to the client's signatory."),
}


class DatedLine(Line, Protocol):
    objective: str
    objective_on: date | None
    accountable: str
    qualities: list[str]


@dataclass(frozen=True)
class Quality:
    """One quality of a line: confirmed by the agency, and what the line itself shows for or against it."""

    key: str
    sentence: str
    is_confirmed: bool
    hint: str


def assess_qualities(line: DatedLine, *, n_respondents: int, is_validated: bool) -> list[Quality]:
    """Return the checklist; a hint stands where the line as written does not yet show the quality."""
    lacking = _lacking(line, n_respondents, is_validated)
    return [
        Quality(key, sentence, key in line.qualities, HINTS[key] if lacking.get(key) else "")
        for key, sentence in QUALITIES.items()
    ]


def _lacking(line: DatedLine, n_respondents: int, is_validated: bool) -> dict[str, bool]:
    depends = line.is_paying and line.obligor.value != "agency"
    return {
        "specific": not line.objective.strip(),
        "measurable": rests_on_counts(line) and not line.accountable.strip(),
        "objective": line.measure in {Measure.SURVEY, Measure.MIXED} and n_respondents < 3,
        "attainable": line.objective_on is None or line.target == 10,
        "fair": depends,
        "validated": not is_validated,
    }
