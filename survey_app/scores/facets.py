"""What stands beside the scores: the recommendation, the roles, the trend, the answers to look at."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.campaigns.rules import MIN_DISTRIBUTION
from survey_app.questionnaires import Questionnaire
from survey_app.scores.disclosure import Reader
from survey_app.scores.models import MarkCount, WaveSummary
from survey_app.scores.queries import PastScore, count_invited, respondents
from survey_app.statistics import net_promoter_score, trend

TREND_FROM, TREND_TESTED_FROM = 3, 5
SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Recommendation:
    """Promoters (9, 10) less detractors (0 to 6), from -100 to 100, with its interval."""

    score: Fraction
    low: Fraction
    high: Fraction


@dataclass(frozen=True)
class RoleResult:
    """One role's mean over its people; kept back where it would tell who said what."""

    role: str
    n: int
    mean: Fraction | None


@dataclass(frozen=True)
class Trend:
    """The slope in points a wave, and whether it may be called a trend."""

    slope: Fraction
    low: Fraction
    high: Fraction
    is_testable: bool
    is_proved: bool


@dataclass(frozen=True)
class Facets:
    recommendation: Recommendation | None
    roles: Sequence[RoleResult]
    trend: Trend | None
    n_flagged: int | None


def read_facets(session: Session, wave: Wave, reader: Reader, course: Sequence[PastScore]) -> Facets:
    """Return what this reader may see beside the scores; a role's mean goes with the lines it is made of."""
    summary = session.get_one(WaveSummary, wave.id)
    shows_flags = not reader.is_client and (reader.reads_each_answer or summary.n_answered >= MIN_DISTRIBUTION)
    return Facets(
        _recommendation(session, wave, reader),
        _roles(session, wave, reader) if reader.may_see_score(summary.n_fewest) else [],
        find_trend([past.exact for past in course if past.exact is not None]),
        summary.n_flagged if shows_flags else None,
    )


def _recommendation(session: Session, wave: Wave, reader: Reader) -> Recommendation | None:
    questionnaire = Questionnaire.from_canonical(wave.definition or {})
    asked = [each.key for each in questionnaire.questions if each.kind == "recommendation" and each.marks[-1] == 10]
    rows = session.execute(
        select(MarkCount.mark, MarkCount.n_people).where(
            MarkCount.wave_id == wave.id, MarkCount.question_key.in_(asked[:1])
        )
    )
    marks = [row.mark for row in rows for _ in range(row.n_people)]
    if not marks or not reader.may_see_recommendation(len(marks)):
        return None
    found = net_promoter_score(marks, max(count_invited(session, wave), len(marks)))
    return Recommendation(_plain(found.estimate), _plain(found.low), _plain(found.high))


def _roles(session: Session, wave: Wave, reader: Reader) -> list[RoleResult]:
    """Return the mean of each role over its people, each one's own mean over the agreement's shared lines."""
    version = wave.agreement_version
    shared = {line.indicator_key for line in version.commitments if not line.is_internal} if version else set()
    marks: dict[tuple[str, int], list[Fraction]] = defaultdict(list)
    for one in respondents(session, wave):
        if one.indicator_key in shared:
            marks[one.role, one.response_id].append(one.score)
    by_role: dict[str, list[Fraction]] = defaultdict(list)
    for (role, _), scores in marks.items():
        by_role[role].append(sum(scores, Fraction(0)) / len(scores))
    return role_results(by_role, reader)


def role_results(by_role: Mapping[str, Sequence[Fraction]], reader: Reader) -> list[RoleResult]:
    """Keep back the roles whose few people, or whose absence from the rest, would tell who said what."""
    shown = reader.shown_parts({role: len(scores) for role, scores in by_role.items()})
    if len(by_role) < 2 or not shown:
        return []
    return [
        RoleResult(role, len(scores), sum(scores, Fraction(0)) / len(scores) if role in shown else None)
        for role, scores in sorted(by_role.items(), key=lambda each: -len(each[1]))
    ]


def find_trend(values: Sequence[Fraction]) -> Trend | None:
    """Return the slope from three waves on; before five waves nothing can prove it."""
    if len(values) < TREND_FROM:
        return None
    found = trend(values)
    is_testable = len(values) >= TREND_TESTED_FROM
    return Trend(
        _plain(found.slope),
        _plain(found.low),
        _plain(found.high),
        is_testable,
        is_testable and found.p_value < SIGNIFICANCE,
    )


def _plain(value: float) -> Fraction:
    return Fraction(str(round(value, 9)))
