"""Read what people wrote, by indicator and at the end of the form, under the rule of the mode."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Invitation, Wave
from survey_app.questionnaires import Questionnaire
from survey_app.responses.models import Answer, Response
from survey_app.scores.disclosure import Reader

GENERAL = ""


@dataclass(frozen=True)
class Comment:
    """One comment; the name stands beside it only where the mode promised so."""

    text: str
    name: str = ""


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
    ).all()
    found: dict[str, list[Comment]] = defaultdict(list)
    for row in rows:
        name = (row.name or "") if reader.reads_each_answer else ""
        found[indicators.get(row.question_key, GENERAL)].append(Comment(row.comment or "", name))
    return dict(found)
