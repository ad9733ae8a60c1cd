"""Read each respondent's score by indicator, with the person behind it where the mode keeps one."""

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Invitation, Wave
from survey_app.questionnaires import Questionnaire
from survey_app.responses.models import Answer, Response
from survey_app.scores.queries import indicator_of, points_grid, points_of, rated_questions
from survey_app.scores.rules import RespondentMarks, respondent_score


@dataclass(frozen=True)
class Respondent:
    """One respondent's score on one indicator; nobody is behind an anonymous one."""

    indicator_key: str
    response_id: int
    score: Fraction
    contact_id: int | None
    name: str
    role: str


def marks_by_answer(session: Session, wave: Wave) -> dict[tuple[str, int], tuple[Fraction, ...]]:
    """Return what each respondent marked on each indicator, question by question, out of ten."""
    questionnaire = Questionnaire.from_canonical(wave.definition or {})
    questions = rated_questions(questionnaire)
    if not questions:
        return {}
    place = {question.key: number for number, question in enumerate(questions)}
    grid = points_grid(questions)
    rows = session.execute(
        select(
            indicator_of(questions).label("indicator_key"),
            Answer.response_id,
            Answer.question_key,
            points_of(questions, grid).label("points"),
        ).where(Answer.wave_id == wave.id, Answer.question_key.in_(list(place)), Answer.rating.is_not(None))
    )
    found: dict[tuple[str, int], list[Fraction]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: place[row.question_key]):
        found[row.indicator_key, row.response_id].append(Fraction(int(row.points or 0), grid))
    return {key: tuple(marks) for key, marks in found.items()}


def respondents(session: Session, wave: Wave) -> list[Respondent]:
    """Return the valid scores of a wave, one a respondent and indicator."""
    if wave.definition is None:
        return []
    questionnaire = Questionnaire.from_canonical(wave.definition)
    questions = rated_questions(questionnaire)
    if not questions:
        return []
    n_questions = {key: len(group) for key, group in questionnaire.questions_by_indicator().items()}
    grid = points_grid(questions)
    rows = session.execute(
        select(
            indicator_of(questions).label("indicator_key"),
            Answer.response_id,
            func.coalesce(func.sum(points_of(questions, grid)), 0).label("points"),
            func.count(Answer.rating).label("n_rated"),
            func.sum(case((Answer.is_not_applicable, 1), else_=0)).label("n_not_applicable"),
            Response.role,
            Invitation.contact_id,
            Invitation.name,
        )
        .join(Response, Response.id == Answer.response_id)
        .outerjoin(Invitation, Invitation.id == Response.invitation_id)
        .where(Answer.wave_id == wave.id, Answer.question_key.in_([question.key for question in questions]))
        .group_by("indicator_key", Answer.response_id, Response.role, Invitation.contact_id, Invitation.name)
        .order_by(Answer.response_id)
    )
    found = []
    for row in rows:
        marks = RespondentMarks(Fraction(int(row.points), grid), row.n_rated, int(row.n_not_applicable))
        score = respondent_score(marks, n_questions[row.indicator_key])
        if score is not None:
            found.append(
                Respondent(row.indicator_key, row.response_id, score, row.contact_id, row.name or "", row.role or "")
            )
    return found
