"""Read what scoring needs, added up in the database; the scores once written, the people, the waves before."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, case, func, literal, select
from sqlalchemy.orm import Session

from survey_app.agreements.models import Obligor
from survey_app.campaigns.models import Campaign, Invitation, Wave, WaveState
from survey_app.campaigns.population import read_turnout
from survey_app.questionnaires import Question, Questionnaire
from survey_app.responses.models import Answer, Response
from survey_app.scores.disclosure import Reader
from survey_app.scores.models import Score, ScoreLevel, WaveSummary
from survey_app.scores.rules import RespondentMarks, respondent_score

# Comments that feed no indicator stand under this key.
GENERAL = ""


@dataclass(frozen=True)
class Respondent:
    """One respondent's score on one indicator; nobody is behind an anonymous one."""

    indicator_key: str
    response_id: int
    score: Fraction
    contact_id: int | None
    name: str
    role: str


@dataclass(frozen=True)
class Comment:
    """One comment; the name stands beside it only where the mode promised so."""

    text: str
    name: str = ""


@dataclass(frozen=True)
class PastScore:
    """One score of one closed wave, as it was recorded."""

    wave_id: int
    campaign_id: int
    ends_on: date
    level: ScoreLevel
    subject_key: str
    obligor: Obligor
    exact: Fraction | None
    low: Decimal | None
    high: Decimal | None
    n_respondents: int
    is_internal: bool


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


def questions_of(wave: Wave) -> list[Question]:
    """Return the questions of a wave that feed an indicator; none before its launch."""
    return rated_questions(Questionnaire.from_canonical(wave.definition)) if wave.definition else []


def _sums_of(questions: Sequence[Question]) -> list[ColumnElement[Any]]:
    """Return what is added up of one respondent's answers to an indicator, in parts of a point."""
    grid = points_grid(questions)
    return [
        indicator_of(questions).label("indicator_key"),
        func.coalesce(func.sum(points_of(questions, grid)), 0).label("points"),
        func.count(Answer.rating).label("n_rated"),
        func.sum(case((Answer.is_not_applicable, 1), else_=0)).label("n_not_applicable"),
    ]


def respondent_marks(
    session: Session, wave: Wave, questionnaire: Questionnaire, *, by_role: bool = False
) -> dict[str, list[RespondentMarks]]:
    """Add up each respondent's marks by indicator and count those alike, all of it in the database."""
    questions = rated_questions(questionnaire)
    marks: dict[str, list[RespondentMarks]] = defaultdict(list)
    if questions:
        grid = points_grid(questions)
        for row in session.execute(_alike(wave, questions, by_role=by_role)):
            total = Fraction(int(row.points), grid)
            marks[row.indicator_key].append(
                RespondentMarks(total, row.n_rated, int(row.n_not_applicable), row.n_people, row.role or "")
            )
    return dict(marks)


def _alike(wave: Wave, questions: Sequence[Question], *, by_role: bool) -> Select[tuple[object, ...]]:
    each = (
        select(*_sums_of(questions), (Response.role if by_role else literal(None)).label("role"))
        .where(Answer.wave_id == wave.id, Answer.question_key.in_([question.key for question in questions]))
        # In the order of the primary key, so that the database need not sort every answer.
        .group_by(Answer.response_id, "indicator_key")
    )
    if by_role:
        each = each.join(Response, Response.id == Answer.response_id).group_by(Response.role)
    alike = each.subquery()
    return select(*alike.c, func.count().label("n_people")).group_by(*alike.c).order_by(*alike.c)


def respondents(session: Session, wave: Wave) -> list[Respondent]:
    """Return the valid scores of a wave, one a respondent and indicator, with the person where the mode keeps one."""
    questions = questions_of(wave)
    if not questions:
        return []
    grid, n_questions = points_grid(questions), Counter(question.indicator_key for question in questions)
    rows = session.execute(
        select(*_sums_of(questions), Answer.response_id, Response.role, Invitation.contact_id, Invitation.name)
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


def marks_by_answer(session: Session, wave: Wave) -> dict[tuple[str, int], tuple[Fraction, ...]]:
    """Return what each respondent marked on each indicator, question by question, out of ten."""
    questions = questions_of(wave)
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
    found: dict[tuple[str, int], tuple[Fraction, ...]] = defaultdict(tuple)
    for row in sorted(rows, key=lambda row: place[row.question_key]):
        found[row.indicator_key, row.response_id] += (Fraction(int(row.points or 0), grid),)
    return found


def comments_by_indicator(session: Session, wave: Wave, reader: Reader) -> dict[str, list[Comment]]:
    """Return the comments by indicator; those that feed none stand under the empty key.

    Whether a reader may open those of a line depends on how many answered it: see `Reader.may_see_comments`.
    Without names they come in alphabetical order, since the order of arrival would be a name too.
    """
    if wave.definition is None or reader.is_client:
        return {}
    questionnaire = Questionnaire.from_canonical(wave.definition)
    indicators = {question.key: question.indicator_key or GENERAL for question in questionnaire.questions}
    rows = session.execute(
        select(Answer.question_key, Answer.comment, Invitation.name)
        .join(Response, Response.id == Answer.response_id)
        .outerjoin(Invitation, Invitation.id == Response.invitation_id)
        .where(Answer.wave_id == wave.id, Answer.comment.is_not(None))
        .order_by(Answer.comment)
    )
    found: dict[str, list[Comment]] = defaultdict(list)
    for row in rows:
        name = (row.name or "") if reader.reads_each_answer else ""
        found[indicators.get(row.question_key, GENERAL)].append(Comment(row.comment or "", name))
    return dict(found)


def weighs_roles(wave: Wave) -> bool:
    """Tell whether the agreement fixes what each role counts for: such a mean is none over people."""
    return bool(wave.agreement_version and wave.agreement_version.role_shares)


def wave_scores(session: Session, wave: Wave) -> Sequence[Score]:
    """Return the scores as they were recorded at the close, lines first."""
    return session.scalars(select(Score).where(Score.wave_id == wave.id).order_by(Score.id)).all()


def read_history(session: Session, wave: Wave) -> list[PastScore]:
    """Return what the agreement's closed waves scored, in the order in which they were launched, this one last."""
    rows = session.execute(
        select(
            Wave.id,
            Wave.campaign_id,
            Wave.last_day,
            Score.level,
            Score.subject_key,
            Score.obligor,
            Score.exact,
            Score.low,
            Score.high,
            Score.n_respondents,
            Score.is_internal,
        )
        .join(Score, Score.wave_id == Wave.id)
        .join(Campaign, Campaign.id == Wave.campaign_id)
        .where(
            Campaign.agreement_id == wave.campaign.agreement_id,
            Wave.state == WaveState.CLOSED,
            Wave.launched_at <= wave.launched_at,
        )
        .order_by(Wave.launched_at, Wave.id, Score.id)
    )
    return [PastScore(*row) for row in rows]


def earlier_waves(session: Session, wave: Wave) -> Sequence[Wave]:
    """Return the closed waves of the same campaign launched before this one, the last one first."""
    return session.scalars(
        select(Wave)
        .where(
            Wave.campaign_id == wave.campaign_id,
            Wave.state == WaveState.CLOSED,
            Wave.launched_at < wave.launched_at,
        )
        .order_by(Wave.launched_at.desc(), Wave.id.desc())
    ).all()
