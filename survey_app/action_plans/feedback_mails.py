"""Compose the mail that tells a respondent what became of their answers."""

from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext
from sqlalchemy.orm import Session

from survey_app.action_plans.feedback import TOLD as TOLD
from survey_app.action_plans.feedback import find_letter
from survey_app.action_plans.letters import PlanLetter, render_letter
from survey_app.action_plans.links import derive_feedback_token, plan_link
from survey_app.action_plans.models import FeedbackLetter
from survey_app.campaigns.models import Invitation
from survey_app.clients.mails import unsubscribe_url
from survey_app.clients.models import AddressState
from survey_app.clients.queries import still_to_be_written_to
from survey_app.mails import ComposedEmail, Withheld, WithheldReason
from survey_app.outbox.models import OutgoingEmail


@dataclass(frozen=True)
class FeedbackComposer:
    """Write the mail; the page that it opens is the same for everybody, so it tells nothing of its reader."""

    token_key: bytes
    base_url: str

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        invitation = session.get(Invitation, mail.subject_id or 0)
        if invitation is None or not invitation.email:
            return Withheld(WithheldReason.ERASED)
        if invitation.contact.opted_out_at is not None:
            return Withheld(WithheldReason.OPTED_OUT)
        if invitation.contact.address_state is AddressState.DEAD:
            return Withheld(WithheldReason.DEAD_ADDRESS)
        letter = find_letter(session, invitation.wave)
        if letter is None or letter.sent_at is None:
            return Withheld(WithheldReason.CANCELLED)
        written = self._write(letter, invitation, mail, letter.sent_at)
        return replace(written, still_wanted=still_to_be_written_to(invitation.contact_id))

    def _write(
        self, letter: FeedbackLetter, invitation: Invitation, mail: OutgoingEmail, sent_at: datetime
    ) -> ComposedEmail:
        wave = invitation.wave
        agency = wave.campaign.client.agency
        names = {"agency": agency.name, "wave": wave.title}
        written = PlanLetter(
            subject=gettext("You said, we do: what %(agency)s changes after your answers", **names),
            name=invitation.name,
            civility=invitation.civility,
            paragraphs=[
                gettext("You answered “%(wave)s”. Here is what %(agency)s does about it.", **names),
                *([letter.introduction] if letter.introduction else []),
            ],
            points=[point["doing"] for point in letter.points if point["doing"]],
            button=gettext("Read what we do"),
            link=plan_link(self.base_url, f"feedback/{derive_feedback_token(self.token_key, wave.id, sent_at)}"),
            reason=gettext("You receive this mail because you answered this survey of %(agency)s.", **names),
            unsubscribe_link=unsubscribe_url(self.token_key, self.base_url, mail),
        )
        return render_letter(TOLD, written, agency, mail.language)
