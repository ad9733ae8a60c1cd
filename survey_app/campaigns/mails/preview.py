"""Preview the mails of a wave without a working link: no page ever shows one."""

from sqlalchemy.orm import Session

from survey_app.campaigns.mails.drafting import draft_letter, first_question
from survey_app.campaigns.mails.letters import RenderedLetter, render_letter
from survey_app.campaigns.models import Wave
from survey_app.campaigns.queries import find_validated_version
from survey_app.clients.models import Contact
from survey_app.questionnaires import Questionnaire

# Stand where the links will be; the reserved domain opens nothing.
NO_LINK = "https://example.invalid/r/personal-link"
NO_UNSUBSCRIBE = "https://example.invalid/u/unsubscribe"


def preview_letter(
    session: Session, wave: Wave, contact: Contact, kind: str, questionnaire: Questionnaire
) -> RenderedLetter:
    """Render exactly what this person will read, but for the links."""
    version = wave.agreement_version or find_validated_version(session, wave.campaign.agreement_id)
    letter = draft_letter(
        session, kind, wave, contact, first_question(questionnaire), version,
        link=NO_LINK, unsubscribe_link=NO_UNSUBSCRIBE,
    )
    return render_letter(letter)
