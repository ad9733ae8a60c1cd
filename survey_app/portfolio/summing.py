"""Add up, in the database, the marks of the people who answered every question of a line."""

from collections import defaultdict
from collections.abc import Sequence
from math import lcm
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from survey_app.campaigns.models import Wave
from survey_app.portfolio.consistency import Part, QuestionSet, Sums
from survey_app.portfolio.queries import ClientWave, is_shared_line
from survey_app.questionnaires import Question, Questionnaire
from survey_app.responses.models import Answer
from survey_app.scores.models import Score

# Into so many parts a tenth of every scale is cut, so that marks of any scale are whole numbers of one unit.
GRID = lcm(*range(1, 11))


def read_parts(session: Session, waves: Sequence[ClientWave], language: str) -> list[Part]:
    """Return each client's sums by set of questions; one query a line of a questionnaire, however many clients."""
    clients = {wave.wave_id: wave.client_id for wave in waves}
    found: list[Part] = []
    for wave_ids in _by_questionnaire(session, list(clients)):
        questionnaire = Questionnaire.from_canonical(session.get_one(Wave, wave_ids[0]).definition or {})
        title = questionnaire.title.in_language(language)
        for key, questions in questionnaire.questions_by_indicator().items():
            if len(questions) > 1:
                asked = QuestionSet(key, tuple(question.key for question in questions))
                rows = session.execute(_added_up(wave_ids, key, questions))
                found += [
                    Part(clients[wave_id], asked, title, Sums(n, int(squares), int(totals), tuple(map(int, sums))))
                    for wave_id, n, squares, totals, *sums in rows
                ]
    return found


def _by_questionnaire(session: Session, wave_ids: Sequence[int]) -> Sequence[list[int]]:
    """Put the waves that asked the same together: few questionnaires, many waves."""
    asked: dict[str, list[int]] = defaultdict(list)
    for definition_hash, wave_id in session.execute(
        select(Wave.definition_hash, Wave.id)
        .where(Wave.id.in_(wave_ids), Wave.definition_hash.is_not(None))
        .order_by(Wave.id)
    ):
        asked[definition_hash or ""].append(wave_id)
    return list(asked.values())


def _added_up(wave_ids: Sequence[int], indicator_key: str, questions: Sequence[Question]) -> Select[*tuple[Any, ...]]:
    """Tie the answers of one person together, so that whoever left one question out is not there at all."""
    answers = [aliased(Answer) for _ in questions]
    first = answers[0]
    points = [_points(answer.rating, question) for answer, question in zip(answers, questions, strict=True)]
    total = sum(points[1:], points[0])
    shares = select(Score.wave_id).where(
        Score.wave_id.in_(wave_ids), Score.subject_key == indicator_key, *is_shared_line()
    )
    found = select(
        first.wave_id,
        func.count(),
        func.sum(sum((each * each for each in points[1:]), points[0] * points[0])),
        func.sum(total * total),
        *(func.sum(each) for each in points),
    ).where(first.wave_id.in_(shares))
    for answer in answers[1:]:
        found = found.join(answer, (answer.wave_id == first.wave_id) & (answer.response_id == first.response_id))
    for answer, question in zip(answers, questions, strict=True):
        found = found.where(answer.question_key == question.key, answer.rating.is_not(None))
    return found.group_by(first.wave_id).order_by(first.wave_id)


def _points(rating: InstrumentedAttribute[int | None], question: Question) -> ColumnElement[int]:
    marks = question.marks
    return cast(rating - marks[0], BigInteger) * (10 * GRID // (marks[-1] - marks[0]))
