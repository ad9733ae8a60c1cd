"""Remind the owners of contract documents before they expire or fall due for review: when, and by which mail."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.agreements.queries import validated_version
from survey_app.catalogue.queries import label
from survey_app.clock import local_day
from survey_app.mails import ComposedEmail, Withheld, WithheldReason, render_mail
from survey_app.measurements.models import EvidenceDocument
from survey_app.measurements.rules import add_months
from survey_app.outbox.delivery import Composers
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.service import enqueue
from survey_app.settings import Settings

EXPIRING = "evidence_expiring"
DAYS_BEFORE = (60, 30, 7)


def due_on(document: EvidenceDocument, review_months: int) -> date:
    """Return the first day on which the document no longer stands: expired, or due for review."""
    review = add_months(document.reviewed_on, review_months)
    return review if document.expires_on is None else min(review, document.expires_on)


def notice_due(days_left: int) -> int | None:
    """Return the tightest notice whose time has come, so that a late start sends one mail and not three."""
    return next((days for days in sorted(DAYS_BEFORE) if days_left <= days), None)


def remind_of_expiry(session: Session, now: datetime) -> int:
    """Write one mail per document and notice; the same call twice writes nothing more."""
    n_due = 0
    for document, day in _due_days(session):
        agreement = document.agreement
        notice = notice_due((day - local_day(now, agreement.client.time_zone)).days)
        if notice is None or not document.owner_email:
            continue
        enqueue(
            session,
            kind=EXPIRING,
            recipient=document.owner_email,
            language=agreement.client.language,
            deduplication_key=f"{EXPIRING}:{document.id}:{day.isoformat()}:{notice}",
            now=now,
            subject_id=document.id,
            client_id=agreement.client_id,
        )
        n_due += 1
    return n_due


def _due_days(session: Session) -> Iterator[tuple[EvidenceDocument, date]]:
    for document in session.scalars(select(EvidenceDocument).where(EvidenceDocument.replaced_at.is_(None))):
        version = validated_version(session, document.agreement)
        if version is None:
            continue
        line = next((each for each in version.commitments if each.indicator_key == document.indicator_key), None)
        if line is None:
            continue
        yield document, due_on(document, int(line.definition.get("evidence", {}).get("review_months", 12)))


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
