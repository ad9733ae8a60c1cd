"""The mail that brings a sheet, written when it leaves: the personal link is in no row."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from survey_app.clients.mails import greeting
from survey_app.clients.models import Civility
from survey_app.clients.queries import find_contact
from survey_app.mails import ComposedEmail, Withheld, WithheldReason, render_mail
from survey_app.outbox.delivery import Composers
from survey_app.outbox.models import OutgoingEmail
from survey_app.score_sheets.models import SheetRecipient
from survey_app.score_sheets.rules import contest_deadline
from survey_app.score_sheets.sending import KIND, derive_recipient_token, recipient_link
from survey_app.score_sheets.snapshot import snapshot_of
from survey_app.settings import Settings


@dataclass(frozen=True)
class SheetMailComposer:
    token_key: bytes
    public_base_url: str

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        recipient = session.get(SheetRecipient, mail.subject_id or 0)
        if recipient is None or not recipient.email:
            return Withheld(WithheldReason.ERASED)
        edition = recipient.sheet.editions[0]
        client = recipient.sheet.wave.campaign.client
        contest_until = contest_deadline(recipient.sheet.wave.closed_at or now)
        contact = find_contact(session, client, recipient.email)
        values: dict[str, Any] = {
            "greeting": greeting(recipient.name, contact.civility if contact else Civility.NEUTRAL),
            "sheet": recipient.sheet,
            "edition": edition,
            "client": client,
            "contest_until": contest_until,
            "may_contest": now < contest_until,
            "snapshot": snapshot_of(edition),
            "link": recipient_link(self.public_base_url, derive_recipient_token(self.token_key, recipient)),
        }
        return render_mail(
            mail.kind,
            mail.language,
            values,
            agency=client.agency,
            recipient_name=recipient.name,
            reply_to=client.agency.privacy_contact,
        )


def sheet_composers(settings: Settings) -> Composers:
    """Return the composer of this room, for the worker."""
    return {KIND: SheetMailComposer(settings.token_key.get_secret_value().encode(), settings.public_base_url)}
