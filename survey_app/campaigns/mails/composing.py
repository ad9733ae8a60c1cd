"""Compose a wave's mails when they leave: the link is derived here and is stored nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row
from sqlalchemy.orm import Session

from survey_app.campaigns.mails.digest import DigestComposer
from survey_app.campaigns.mails.queries import ADDRESSEE_FINGERPRINT, find_addressees
from survey_app.campaigns.mails.remembering import Memory, Occasion
from survey_app.campaigns.mails.rules import KINDS, Addressee, withheld_reason
from survey_app.campaigns.models import WaveState
from survey_app.campaigns.tokens import derive_token, personal_link
from survey_app.clients.mails import addressed_as
from survey_app.clients.models import AddressState
from survey_app.outbox.composition import ComposedEmail, Composers, Fingerprint, Reading, Withheld, WithheldReason
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.sealing import unsubscribe_url
from survey_app.settings import Settings


@dataclass(frozen=True)
class WaveMailComposer:
    """Write the invitation or the reminder that an outgoing mail stands for."""

    token_key: bytes
    public_base_url: str
    memory: Memory = field(default_factory=Memory)
    fingerprint: ClassVar[Fingerprint] = ADDRESSEE_FINGERPRINT

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        return self.write(session, mail, self.look(session, [mail]).get(mail.id), now)

    def look(self, session: Session, mails: Sequence[OutgoingEmail]) -> Mapping[int, Reading]:
        return find_addressees(session, mails)

    def write(
        self, session: Session, mail: OutgoingEmail, reading: Reading | None, now: datetime
    ) -> ComposedEmail | Withheld:
        if not self.public_base_url:
            return Withheld(WithheldReason.PAUSED)
        if reading is None or not reading.facts.email:
            return Withheld(WithheldReason.ERASED)
        reason = withheld_reason(_addressee(reading.facts), now)
        if reason is not None:
            return Withheld(WithheldReason(reason))
        return self._write_to(session, mail, reading.facts, now)

    def _write_to(self, session: Session, mail: OutgoingEmail, person: Row[Any], now: datetime) -> ComposedEmail:
        shown = addressed_as(person.name, person.civility)
        occasion = Occasion(
            person.wave_id, person.ends_on, mail.kind, person.language, person.civility, is_named=bool(shown)
        )
        head = self.memory.head_of(session, occasion, now)
        token = derive_token(self.token_key, person.id, person.version)
        way_out = unsubscribe_url(self.token_key, self.public_base_url, mail)
        letter = head.stencil.filled(
            {
                "name": person.name,
                "addressed_as": shown,
                "link": personal_link(self.public_base_url, token),
                "unsubscribe": way_out,
            }
        )
        return ComposedEmail(
            subject=letter.subject,
            text=letter.text,
            html=letter.html,
            sender_name=head.sender_name,
            recipient_name=person.name,
            reply_to=head.reply_to,
            unsubscribe_url=way_out,
        )


def _addressee(person: Row[Any]) -> Addressee:
    return Addressee(
        is_revoked=person.revoked_at is not None,
        has_answered=person.answered_at is not None,
        has_refused=person.refused_at is not None,
        has_opted_out=person.opted_out_at is not None,
        is_dead_address=person.address_state is AddressState.DEAD,
        is_wave_open=person.wave_state is WaveState.OPEN,
        ends_at=person.ends_at,
    )


def wave_composers(settings: Settings) -> Composers:
    """Return the composers of this room by kind, for the worker."""
    composer = WaveMailComposer(settings.token_key.get_secret_value().encode(), settings.public_base_url)
    return {**dict.fromkeys(KINDS, composer), "digest": DigestComposer(settings)}
