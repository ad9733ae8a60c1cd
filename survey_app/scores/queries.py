"""Read what scoring needs, added up in the database, and the scores once written."""

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from math import lcm

from sqlalchemy import ColumnElement, Integer, Select, case, func, literal, select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.campaigns.population import read_turnout
from survey_app.questionnaires import Question, Questionnaire
from survey_app.responses.models import Answer, Response
from survey_app.scores.models import Score, WaveSummary
from survey_app.scores.rules import RespondentMarks


def count_invited(session: Session, wave: Wave) -> int:
    """Count the wave's population: everyone invited at launch, once each, whoever answered.

    Once the people are erased, their number is the one that was kept at the close.
    """
    if wave.erased_at is not None:
        return session.scalar(select(WaveSummary.n_invited).where(WaveSummary.wave_id == wave.id)) or 0
    return read_turnout(session, wave).n_invited


def count_answered(session: Session, wave: Wave) -> int:
    return session.scalar(select(func.count()).where(Response.wave_id == wave.id)) or 0


def rated_questions(questionnaire: Questionnaire) -> list[Question]:
    """Return the questions that feed an indicator."""
    return [question for question in questionnaire.rated_questions if question.indicator_key and question.scale]


def points_grid(questions: Sequence[Question]) -> int:
    """Return into how many parts a point is cut so that every mark out of ten is a whole number of them."""
    return lcm(*(question.scale.max - question.scale.min for question in questions if question.scale))


def points_of(questions: Sequence[Question], grid: int) -> ColumnElement[int | None]:
    """Return the SQL that turns a mark on its own scale into parts of a point out of ten."""
    scales = {(question.scale.min, question.scale.max) for question in questions if question.scale}
    if len(scales) == 1:
        low, high = scales.pop()
        return (Answer.rating - low) * literal(10 * grid // (high - low), Integer)
    return case(
        *(
            (
                Answer.question_key == question.key,
                (Answer.rating - question.scale.min)
                * literal(10 * grid // (question.scale.max - question.scale.min), Integer),
            )
            for question in questions
            if question.scale
        )
    )


def indicator_of(questions: Sequence[Question]) -> ColumnElement[str]:
    return case({question.key: question.indicator_key for question in questions}, value=Answer.question_key)


def respondent_marks(
    session: Session, wave: Wave, questionnaire: Questionnaire, *, by_role: bool = False
) -> dict[str, list[RespondentMarks]]:
    """Add up each respondent's marks by indicator and count those alike, all of it in the database."""
    questions = rated_questions(questionnaire)
    if not questions:
        return {}
    grid = points_grid(questions)
    marks: dict[str, list[RespondentMarks]] = defaultdict(list)
    for row in session.execute(_alike(wave, questions, grid, by_role=by_role)):
        marks[row.indicator_key].append(
            RespondentMarks(
                Fraction(int(row.points), grid), row.n_rated, int(row.n_not_applicable), row.n_people, row.role or ""
            )
        )
    return dict(marks)


def _alike(wave: Wave, questions: Sequence[Question], grid: int, *, by_role: bool) -> Select[tuple[object, ...]]:
    each = (
        select(
            indicator_of(questions).label("indicator_key"),
            func.coalesce(func.sum(points_of(questions, grid)), 0).label("points"),
            func.count(Answer.rating).label("n_rated"),
            func.sum(case((Answer.is_not_applicable, 1), else_=0)).label("n_not_applicable"),
            (Response.role if by_role else literal(None)).label("role"),
        )
        .where(Answer.wave_id == wave.id, Answer.question_key.in_([question.key for question in questions]))
        # In the order of the primary key, so that the database need not sort every answer.
        .group_by(Answer.response_id, "indicator_key")
    )
    if by_role:
        each = each.join(Response, Response.id == Answer.response_id).group_by(Response.role)
    alike = each.subquery()
    return select(*alike.c, func.count().label("n_people")).group_by(*alike.c).order_by(*alike.c)


def wave_scores(session: Session, wave: Wave) -> Sequence[Score]:
    """Return the scores as they were recorded at the close, lines first."""
    return session.scalars(select(Score).where(Score.wave_id == wave.id).order_by(Score.id)).all()
