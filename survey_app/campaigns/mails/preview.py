"""Preview the mails of a wave without a working link: no page ever shows one."""

from flask_babel import force_locale
from sqlalchemy.orm import Session

from survey_app.campaigns.mails.drafting import Links, Reader, draft_letter, drives_pay
from survey_app.campaigns.mails.letters import RenderedLetter, render_letter
from survey_app.campaigns.mails.recalling import recall_for
from survey_app.campaigns.mails.wording import wording_for
from survey_app.campaigns.models import Wave
from survey_app.campaigns.queries import find_validated_version
from survey_app.clients.greeting import greeting
from survey_app.clients.models import Contact
from survey_app.questionnaires import Questionnaire, mail_question

# They stand where the links will be; the reserved domain opens nothing.
NO_LINKS = Links("https://example.invalid/r/personal-link", "https://example.invalid/u/unsubscribe")


def preview_letter(
    session: Session, wave: Wave, contact: Contact, kind: str, questionnaire: Questionnaire
) -> RenderedLetter:
    """Render exactly what this person will read, but for the links."""
    version = wave.agreement_version or find_validated_version(session, wave.campaign.agreement_id)
    agency_id = wave.campaign.client.agency_id
    with force_locale(contact.language):
        wording = wording_for(session, agency_id, kind, contact.language)
        question = mail_question(questionnaire)
        reader = Reader(contact.language, contact.name, greeting(contact.name, contact.civility))
        letter = draft_letter(
            kind,
            wave,
            reader,
            wording,
            question,
            NO_LINKS,
            is_paying=drives_pay(version),
            recall=recall_for(session, wave, kind),
        )
        return render_letter(letter)
