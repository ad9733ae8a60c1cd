"""Compose the lead's digest when it leaves, from what is true then."""

from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.accounts.models import User
from survey_app.campaigns.models import WaveState
from survey_app.campaigns.schedule.digests import list_digest_lines
from survey_app.clients.wording.queries import words_for
from survey_app.mails import ComposedEmail, Withheld, WithheldReason, render_mail
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings


class DigestComposer:
    """Write what is open and what waits; addresses of pages need a signed-in person."""

    def __init__(self, settings: Settings) -> None:
        self.base_url = settings.public_base_url.rstrip("/")

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        lead = session.get(User, mail.subject_id or 0)
        if lead is None or not lead.active:
            return Withheld(WithheldReason.ERASED)
        lines = list_digest_lines(session, lead, now)
        if not lines:
            return Withheld(WithheldReason.CANCELLED)
        agency = lines[0].wave.campaign.client.agency
        is_open = [line for line in lines if line.wave.state is WaveState.OPEN]
        waiting = [line for line in lines if line.wave.state is WaveState.DRAFT]
        values = {
            "agency": agency.name,
            "name": lead.name,
            "open": str(len(is_open)),
            "waiting": str(len(waiting)),
        }
        words = words_for(session, agency.id, mail.kind, mail.language, values)
        context = {"words": words, "name": lead.name, "base_url": self.base_url, "open": is_open, "waiting": waiting}
        return render_mail(mail.kind, mail.language, context, agency=agency, recipient_name=lead.name)
