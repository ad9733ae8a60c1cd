"""Read what may explain the recommendation: every respondent of the last waves, up to a limit."""

from collections.abc import Sequence
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.portfolio.queries import ClientWave
from survey_app.portfolio.rules import Drivers, find_drivers
from survey_app.questionnaires import Questionnaire
from survey_app.responses.models import Answer
from survey_app.scores.respondents import respondents

# More people add nothing to the weights, and cost time.
ENOUGH = 2000


def read_drivers(session: Session, waves: Sequence[ClientWave]) -> Drivers:
    """Weigh the subjects over the newest waves, until there are enough people."""
    scores: dict[int, dict[str, Fraction]] = {}
    outcomes: dict[int, Fraction] = {}
    for last in sorted(waves, key=lambda each: each.ends_on, reverse=True):
        if len(outcomes) >= ENOUGH:
            break
        wave = session.get_one(Wave, last.wave_id)
        outcomes.update(_recommendations(session, wave))
        for one in respondents(session, wave):
            scores.setdefault(one.response_id, {})[one.indicator_key] = one.score
    return find_drivers(scores, outcomes)


def _recommendations(session: Session, wave: Wave) -> dict[int, Fraction]:
    questionnaire = Questionnaire.from_canonical(wave.definition or {})
    keys = [question.key for question in questionnaire.questions if question.kind == "recommendation"]
    rows = session.execute(
        select(Answer.response_id, Answer.rating).where(
            Answer.wave_id == wave.id, Answer.question_key.in_(keys), Answer.rating.is_not(None)
        )
    )
    return {row.response_id: Fraction(row.rating or 0) for row in rows}
