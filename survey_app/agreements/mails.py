"""The mails of an agreement, written when they leave: the personal link is in no row."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.agreements.content import content_of
from survey_app.agreements.document import agreement_pdf, document_name, seal_of
from survey_app.agreements.models import ProposalRound
from survey_app.agreements.negotiation import ANSWERED, PROPOSAL, VALIDATED, derive_signatory_token, signatory_link
from survey_app.agreements.vocabulary import RoundOutcome
from survey_app.clients.mails import greeting, words_for
from survey_app.clients.models import Civility, Contact
from survey_app.mails import Attachment, ComposedEmail, Withheld, WithheldReason, render_mail
from survey_app.outbox.delivery import Composers
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings


@dataclass(frozen=True)
class AgreementMailComposer:
    """Write the mail that tells either party where the agreement stands."""

    token_key: bytes
    public_base_url: str

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        sent = session.get(ProposalRound, mail.subject_id or 0)
        if sent is None or not sent.email:
            return Withheld(WithheldReason.ERASED)
        if mail.kind == PROPOSAL and sent.outcome is not RoundOutcome.OPEN:
            return Withheld(WithheldReason.CANCELLED)
        return self._write(session, mail, sent, session.get_one(Contact, sent.contact_id).civility)

    def _write(self, session: Session, mail: OutgoingEmail, sent: ProposalRound, civility: Civility) -> ComposedEmail:
        client = sent.version.agreement.client
        is_for_client = mail.recipient == sent.email
        page = f"{self.public_base_url.rstrip('/')}/agreements/{sent.version.agreement_id}"
        own_link = signatory_link(self.public_base_url, derive_signatory_token(self.token_key, sent))
        values: dict[str, object] = {
            "round": sent,
            "version": sent.version,
            "client": client,
            "zone": client.time_zone,
            "link": own_link if is_for_client else page,
        }
        if mail.kind == PROPOSAL:
            words = words_for(session, client.agency_id, PROPOSAL, mail.language, _values(sent))
            values |= {"words": words, "greeting": greeting(sent.name, civility)}
        return render_mail(
            mail.kind,
            mail.language,
            values,
            agency=client.agency,
            recipient_name=sent.name if is_for_client else "",
            reply_to=sent.agency_email if is_for_client else "",
            attachments=_documents(mail, sent),
        )


def _values(sent: ProposalRound) -> dict[str, str]:
    client = sent.version.agreement.client
    return {
        "agency": client.agency.name,
        "client": client.name,
        "agreement": sent.version.agreement.title,
        "lines": str(len(sent.content["lines"])),
        "name": sent.name,
    }


def _documents(mail: OutgoingEmail, sent: ProposalRound) -> tuple[Attachment, ...]:
    if mail.kind != VALIDATED:
        return ()
    document = agreement_pdf(content_of(sent.version), seal_of(sent.version), mail.language)
    return (Attachment(document_name(sent.version), "application/pdf", document),)


def agreement_composers(settings: Settings) -> Composers:
    """Return the composers of this room by kind, for the worker."""
    composer = AgreementMailComposer(settings.token_key.get_secret_value().encode(), settings.public_base_url)
    return dict.fromkeys((PROPOSAL, ANSWERED, VALIDATED), composer)
