"""When a plan starts, what will settle it, and what the next wave says of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, TypeVar

from survey_app.errors import N_

DEFAULT_MIN_RESPONDENTS = 3


class JudgedScore(Protocol):
    """A line's score as plans need it: read-only, so that a table row fits."""

    @property
    def exact(self) -> Fraction | None: ...
    @property
    def is_breach(self) -> bool: ...
    @property
    def n_respondents(self) -> int: ...


Scored = TypeVar("Scored", bound=JudgedScore)


@dataclass(frozen=True)
class Judgement:
    """What a wave says of a plan: a verdict, and its reason as a sentence to translate."""

    verdict: str
    reason: str


@dataclass(frozen=True)
class Criterion:
    """What was agreed before work started: the level to reach, and how many answers it takes to tell."""

    level: Decimal
    min_respondents: int


def breaches(scores: Iterable[Scored]) -> list[Scored]:
    """Return the measurable lines strictly below their threshold: each starts a plan, however uncertain."""
    return [score for score in scores if score.exact is not None and score.is_breach]


def judge(criterion: Criterion, score: JudgedScore | None, *, is_survey: bool) -> Judgement:
    """Judge a plan by the first wave that measures its line again."""
    if score is None or score.exact is None:
        return Judgement("cannot_tell", N_("The line was not measurable in this wave."))
    if is_survey and score.n_respondents < criterion.min_respondents:
        return Judgement("cannot_tell", N_("Too few people answered to tell."))
    if score.exact >= Fraction(criterion.level):
        return Judgement("effective", N_("The mark reached the agreed level."))
    return Judgement("not_effective", N_("The mark stayed under the agreed level."))
