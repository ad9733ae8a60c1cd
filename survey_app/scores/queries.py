"""Read what scoring needs, summed in the database, and the scores once written."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from sqlalchemy import ColumnElement, Integer, case, func, literal, select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Invitation, Wave
from survey_app.questionnaires import Questionnaire
from survey_app.responses.models import Answer, Response
from survey_app.scores.models import Score
from survey_app.scores.rules import RespondentMarks


def count_invited(session: Session, wave: Wave) -> int:
    """Count the wave's population: everyone invited at launch, whoever answered."""
    counted = select(func.count()).where(Invitation.wave_id == wave.id, Invitation.revoked_at.is_(None))
    return session.scalar(counted) or 0


def count_answered(session: Session, wave: Wave) -> int:
    return session.scalar(select(func.count()).where(Response.wave_id == wave.id)) or 0


def respondent_marks(
    session: Session, wave: Wave, questionnaire: Questionnaire
) -> dict[str, list[RespondentMarks]]:
    """Add up each respondent's marks by indicator, as whole numbers of a common fraction of a point."""
    rated = [question for question in questionnaire.rated_questions if question.indicator_key]
    if not rated:
        return {}
    grid = lcm(*(question.scale.max - question.scale.min for question in rated))
    indicator = case({q.key: q.indicator_key for q in rated}, value=Answer.question_key)
    points: ColumnElement[int] = case(
        *(
            (
                Answer.question_key == question.key,
                (Answer.rating - question.scale.min)
                * literal(10 * grid // (question.scale.max - question.scale.min), Integer),
            )
            for question in rated
        )
    )
    rows = session.execute(
        select(
            indicator.label("indicator_key"),
            Answer.response_id,
            func.coalesce(func.sum(points), 0).label("points"),
            func.count(Answer.rating).label("n_rated"),
            func.sum(case((Answer.is_not_applicable, 1), else_=0)).label("n_not_applicable"),
        )
        .where(Answer.wave_id == wave.id, Answer.question_key.in_([question.key for question in rated]))
        .group_by(indicator, Answer.response_id)
        .order_by(indicator, Answer.response_id)
    )
    marks: dict[str, list[RespondentMarks]] = defaultdict(list)
    for row in rows:
        marks[row.indicator_key].append(
            RespondentMarks(
                row.response_id, Fraction(int(row.points), grid), row.n_rated, int(row.n_not_applicable)
            )
        )
    return dict(marks)


def wave_scores(session: Session, wave: Wave) -> Sequence[Score]:
    """Return the scores as they were recorded at the close, lines first."""
    return session.scalars(select(Score).where(Score.wave_id == wave.id).order_by(Score.id)).all()
