"""Derive the scores of a closed wave again and compare them with what was recorded."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave, WaveState
from survey_app.catalogue.content import Catalogue
from survey_app.clock import local_day
from survey_app.errors import N_, Refusal
from survey_app.scores.queries import wave_scores
from survey_app.scores.rules import Line
from survey_app.scores.service import compute_scores, score_rows

COMPARED = (
    "exact",
    "low",
    "high",
    "n_respondents",
    "population",
    "state",
    "is_breach",
    "threshold",
    "weight",
    "measure",
    "is_internal",
    "survey_mark",
    "fact_mark",
    "survey_share",
    "absent_roles",
    "method",
)


class AnswersErased(Refusal):
    """The answers are past the time that people were promised: nothing is left to derive the scores from."""


@dataclass(frozen=True)
class Discrepancy:
    """One figure that is not what its own evidence gives."""

    subject: str
    figure: str
    recorded: object
    derived: object


def recompute(
    session: Session,
    wave: Wave,
    catalogue: Catalogue,
    fact_marks: Mapping[str, Fraction | None],
    follow: Callable[[Sequence[Line]], Iterable[Line]] = iter,
) -> list[Discrepancy]:
    """Return every difference between the recorded scores and those the answers and facts give today."""
    if wave.state is not WaveState.CLOSED:
        raise Refusal(N_("This wave is not closed: it has no recorded score to compare with."))
    if wave.erased_at is not None:
        raise AnswersErased(
            N_(
                "The answers of this wave were erased on %(day)s, as people were promised."
                " Its sealed sheet is the proof."
            ),
            day=local_day(wave.erased_at, wave.campaign.client.time_zone).isoformat(),
        )
    recorded = {(row.level, row.subject_key, row.obligor): row for row in wave_scores(session, wave)}
    lines, means = compute_scores(session, wave, catalogue, fact_marks, follow)
    derived = {(row.level, row.subject_key, row.obligor): row for row in score_rows(wave, lines, means)}
    return [
        each
        for key in sorted(recorded.keys() | derived.keys())
        for each in _compare(f"{key[0]} {key[1]} ({key[2]})", recorded.get(key), derived.get(key))
    ]


def _compare(subject: str, recorded: object | None, derived: object | None) -> Iterator[Discrepancy]:
    if recorded is None or derived is None:
        yield Discrepancy(subject, "score", "recorded" if recorded else "none", "derived" if derived else "none")
        return
    for figure in COMPARED:
        was, is_now = getattr(recorded, figure), getattr(derived, figure)
        if was != is_now:
            yield Discrepancy(subject, figure, was, is_now)
