"""Sum a closed wave up in one row, and count its marks: what dashboards over many waves read."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.questionnaires import Questionnaire
from survey_app.responses.models import Answer, Response
from survey_app.scores.careless import is_flagged
from survey_app.scores.models import MarkCount, WaveSummary
from survey_app.scores.queries import count_answered, count_invited, points_grid, points_of, rated_questions
from survey_app.scores.rules import LineScore, six_decimals


def write_summary(session: Session, wave: Wave, lines: Sequence[LineScore]) -> WaveSummary:
    """Write what the portfolio needs of a wave, once, when it closes."""
    _count_marks(session, wave)
    means = _respondent_means(session, wave, [line.line.indicator_key for line in lines if not line.line.is_internal])
    n = len(means)
    mean = sum(means, Fraction(0)) / n if n else None
    shown = [len(line.respondent_scores) for line in lines if line.respondent_scores and not line.line.is_internal]
    summary = WaveSummary(
        wave_id=wave.id,
        n_invited=count_invited(session, wave),
        n_answered=count_answered(session, wave),
        n_rating=n,
        n_flagged=_count_flagged(session, wave),
        n_fewest=min(shown, default=0),
        respondent_mean=None if mean is None else Fraction(six_decimals(mean)),
    )
    session.add(summary)
    session.flush()
    return summary


def _count_marks(session: Session, wave: Wave) -> None:
    counted = (
        select(Answer.wave_id, Answer.question_key, Answer.rating, func.count())
        .where(Answer.wave_id == wave.id, Answer.rating.is_not(None))
        .group_by(Answer.wave_id, Answer.question_key, Answer.rating)
    )
    session.execute(insert(MarkCount).from_select(["wave_id", "question_key", "mark", "n_people"], counted))


def _respondent_means(session: Session, wave: Wave, indicator_keys: Sequence[str]) -> list[Fraction]:
    """Return each person's mean mark out of ten over the agreement's shared survey lines."""
    questionnaire = Questionnaire.from_canonical(wave.definition or {})
    questions = [each for each in rated_questions(questionnaire) if each.indicator_key in indicator_keys]
    if not questions:
        return []
    grid = points_grid(questions)
    rows = session.execute(
        select(func.sum(points_of(questions, grid)).label("points"), func.count(Answer.rating).label("n"))
        .where(Answer.wave_id == wave.id, Answer.question_key.in_([each.key for each in questions]))
        .where(Answer.rating.is_not(None))
        .group_by(Answer.response_id)
    )
    return [Fraction(int(row.points), grid * row.n) for row in rows]


def _count_flagged(session: Session, wave: Wave) -> int:
    questionnaire = Questionnaire.from_canonical(wave.definition or {})
    place = {question.key: number for number, question in enumerate(questionnaire.questions)}
    rows = session.execute(
        select(Answer.response_id, Answer.question_key, Answer.rating, Response.n_seconds)
        .join(Response, Response.id == Answer.response_id)
        .where(Answer.wave_id == wave.id, Answer.rating.is_not(None))
        .order_by(Answer.response_id)
    )
    flagged = 0
    for _, answers in groupby(rows, key=lambda row: row.response_id):
        given = sorted(answers, key=lambda row: place.get(row.question_key, 0))
        flagged += is_flagged([row.rating for row in given], given[0].n_seconds)
    return flagged
