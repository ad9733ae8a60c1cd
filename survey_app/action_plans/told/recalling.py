"""The first line of the next invitation: what was done with the last answers."""

from flask_babel import gettext
from sqlalchemy.orm import Session

from survey_app.action_plans.told.queries import last_recall
from survey_app.campaigns.models import Wave


def recall_last_answers(session: Session, wave: Wave) -> str:
    """Return the sentence in the language in force, or nothing where nobody was told anything yet."""
    recall = last_recall(session, wave)
    return gettext("You said, we do: %(recall)s", recall=recall) if recall else ""
