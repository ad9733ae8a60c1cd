"""The mail that reminds of a document about to expire, written when it leaves."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.catalogue.queries import label
from survey_app.mails import ComposedEmail, Withheld, WithheldReason, render_mail
from survey_app.measurements.models import EvidenceDocument
from survey_app.measurements.reminders import EXPIRING
from survey_app.outbox.delivery import Composers
from survey_app.outbox.models import OutgoingEmail
from survey_app.settings import Settings


@dataclass(frozen=True)
class EvidenceMailComposer:
    public_base_url: str

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        document = session.get(EvidenceDocument, mail.subject_id or 0)
        if document is None or document.replaced_at is not None:
            return Withheld(WithheldReason.CANCELLED)
        client = document.agreement.client
        values = {
            "document": document,
            "client": client,
            "line": label(session, client.agency_id, document.indicator_key, mail.language),
            "link": f"{self.public_base_url.rstrip('/')}/agreements/{document.agreement_id}/evidence",
        }
        return render_mail(
            mail.kind,
            mail.language,
            values,
            agency=client.agency,
            recipient_name=document.owner,
        )


def evidence_composers(settings: Settings) -> Composers:
    return {EXPIRING: EvidenceMailComposer(settings.public_base_url)}
