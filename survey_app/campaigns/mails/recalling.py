"""What an invitation recalls of the last wave: written by a room above this one, handed in by the application."""

from collections.abc import Callable

from flask import current_app
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave

Recall = Callable[[Session, Wave], str]


def recall_for(session: Session, wave: Wave, kind: str) -> str:
    """Return the first line of an invitation in the language in force; a reminder recalls nothing."""
    recall: Recall | None = current_app.extensions.get("survey_recall")
    return recall(session, wave) if recall is not None and kind == "invitation" else ""
