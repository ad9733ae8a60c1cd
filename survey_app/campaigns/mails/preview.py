"""Preview the mails of a wave without a working link: no page ever shows one."""

from sqlalchemy.orm import Session

from survey_app.campaigns.mails.drafting import Links, draft_letter, drives_pay, first_question, text_of
from survey_app.campaigns.models import Wave
from survey_app.campaigns.queries import find_validated_version
from survey_app.clients.models import Contact
from survey_app.mails import ComposedEmail
from survey_app.questionnaires import Questionnaire

# They stand where the links will be; the reserved domain opens nothing.
NO_LINKS = Links("https://example.invalid/r/personal-link", "https://example.invalid/u/unsubscribe")


def preview_letter(
    session: Session, wave: Wave, contact: Contact, kind: str, questionnaire: Questionnaire
) -> ComposedEmail:
    """Render exactly what this person will read, but for the links."""
    version = wave.agreement_version or find_validated_version(session, wave.campaign.agreement_id)
    question, is_paying = first_question(questionnaire), drives_pay(version)
    text = text_of(session, wave, kind, contact.language, question, is_paying=is_paying)
    return draft_letter(text, contact.name, contact.civility, NO_LINKS)
