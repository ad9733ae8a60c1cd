"""The mail that brings the client its results: the link is derived when it leaves."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.clients.mails import greeting, words_for
from survey_app.clients.models import AddressState
from survey_app.clients.queries import still_to_be_written_to
from survey_app.mails import ComposedEmail, Withheld, WithheldReason, render_mail
from survey_app.outbox.delivery import Composers
from survey_app.outbox.models import OutgoingEmail
from survey_app.scores.models import ResultLink
from survey_app.scores.sharing import MAIL_KIND, derive_results_token
from survey_app.settings import Settings


@dataclass(frozen=True)
class ResultsMailComposer:
    """Write to one contact that the results can be read."""

    token_key: bytes
    public_base_url: str

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        link = session.get(ResultLink, mail.subject_id or 0)
        if link is None or not link.contact.email:
            return Withheld(WithheldReason.ERASED)
        if link.revoked_at is not None:
            return Withheld(WithheldReason.CANCELLED)
        if link.contact.opted_out_at is not None:
            return Withheld(WithheldReason.OPTED_OUT)
        if link.contact.address_state is AddressState.DEAD:
            return Withheld(WithheldReason.DEAD_ADDRESS)
        return self._write(session, mail, link)

    def _write(self, session: Session, mail: OutgoingEmail, link: ResultLink) -> ComposedEmail:
        campaign, contact = link.wave.campaign, link.contact
        client, agency = campaign.client, campaign.client.agency
        named = {
            "agency": agency.name,
            "client": client.name,
            "campaign": campaign.title,
            "wave": link.wave.title,
            "name": contact.name,
        }
        return render_mail(
            mail.kind,
            mail.language,
            {
                "words": words_for(session, agency.id, mail.kind, mail.language, named),
                "greeting": greeting(contact.name, contact.civility),
                # The address starts with the configured base alone.
                "link": f"{self.public_base_url.rstrip('/')}/s/results/{derive_results_token(self.token_key, link)}",
            },
            agency=agency,
            recipient_name=contact.name,
            reply_to=agency.privacy_contact,
            still_wanted=still_to_be_written_to(contact.id),
        )


def results_composers(settings: Settings) -> Composers:
    """Return this room's composer by kind, for the worker."""
    composer = ResultsMailComposer(settings.token_key.get_secret_value().encode(), settings.public_base_url)
    return {MAIL_KIND: composer}
