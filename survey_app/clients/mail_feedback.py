"""What mails teach about contacts: dead and full addresses, people who want no more of them."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.service import record
from survey_app.clients.models import AddressState, Contact
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.service import hold_wave

ACTOR = "mail relay"


class ContactMailHandlers:
    """Bring bounces and opt-outs to the contact that the mail was written to."""

    def address_is_dead(self, session: Session, email: OutgoingEmail, status: str, now: datetime) -> None:
        for contact in self._contacts(session, email):
            contact.address_state = AddressState.DEAD
            self._note(session, contact, "address_dead", status, now)

    def mailbox_refuses(self, session: Session, email: OutgoingEmail, status: str, now: datetime) -> None:
        for contact in self._contacts(session, email):
            if contact.address_state is AddressState.OK:
                contact.address_state = AddressState.SOFT
                self._note(session, contact, "address_soft", status, now)

    def sender_is_refused(self, session: Session, email: OutgoingEmail, status: str, now: datetime) -> None:
        """Pause the wave: its other mails would meet the same refusal, and each one harms the sender."""
        if email.wave_id is None:
            return
        if hold_wave(session, email.wave_id, "sender_refused"):
            record(
                session,
                actor=ACTOR,
                action="wave_mail_paused",
                subject_type="wave",
                subject_id=email.wave_id,
                now=now,
                details={"status": status},
            )

    def person_opts_out(self, session: Session, email: OutgoingEmail, now: datetime) -> None:
        for contact in self._contacts(session, email):
            if contact.opted_out_at is None:
                contact.opted_out_at = now
                record(
                    session,
                    actor="contact",
                    action="opted_out",
                    subject_type="contact",
                    subject_id=contact.id,
                    now=now,
                )

    def _contacts(self, session: Session, email: OutgoingEmail) -> list[Contact]:
        chosen = select(Contact).where(Contact.email == email.recipient.strip().lower())
        if email.client_id is not None:
            chosen = chosen.where(Contact.client_id == email.client_id)
        return list(session.scalars(chosen))

    def _note(self, session: Session, contact: Contact, action: str, status: str, now: datetime) -> None:
        record(
            session,
            actor=ACTOR,
            action=action,
            subject_type="contact",
            subject_id=contact.id,
            now=now,
            details={"status": status},
        )
