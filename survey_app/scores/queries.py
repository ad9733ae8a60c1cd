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


def respondent_marks(session: Session, wave: Wave, questionnaire: Questionnaire) -> dict[str, list[RespondentMarks]]:
    """Add up each respondent's marks by indicator, as whole numbers of a common fraction of a point."""
    rated = {
        question.key: (question.indicator_key, question.scale)
        for question in questionnaire.rated_questions
        if question.indicator_key and question.scale
    }
    if not rated:
        return {}
    grid = lcm(*(scale.max - scale.min for _, scale in rated.values()))
    indicator = case({key: indicator_key for key, (indicator_key, _) in rated.items()}, value=Answer.question_key)
    points: ColumnElement[int] = case(
        *(
            (
                Answer.question_key == key,
                (Answer.rating - scale.min) * literal(10 * grid // (scale.max - scale.min), Integer),
            )
            for key, (_, scale) in rated.items()
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
        .where(Answer.wave_id == wave.id, Answer.question_key.in_(rated))
        .group_by(indicator, Answer.response_id)
        .order_by(indicator, Answer.response_id)
    )
    marks: dict[str, list[RespondentMarks]] = defaultdict(list)
    for row in rows:
        marks[row.indicator_key].append(
            RespondentMarks(row.response_id, Fraction(int(row.points), grid), row.n_rated, int(row.n_not_applicable))
        )
    return dict(marks)


def wave_scores(session: Session, wave: Wave) -> Sequence[Score]:
    """Return the scores as they were recorded at the close, lines first."""
    return session.scalars(select(Score).where(Score.wave_id == wave.id).order_by(Score.id)).all()
