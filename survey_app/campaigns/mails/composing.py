"""Compose a wave's mails when they leave: the link is derived here and is stored nowhere."""

from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import force_locale
from sqlalchemy.orm import Session, joinedload

from survey_app.campaigns.mails.digest import DigestComposer
from survey_app.campaigns.mails.drafting import Links, draft_letter
from survey_app.campaigns.mails.letters import render_letter
from survey_app.campaigns.mails.remembering import Memory
from survey_app.campaigns.mails.rules import KINDS, Addressee, withheld_reason
from survey_app.campaigns.models import Campaign, Invitation, Wave, WaveState
from survey_app.campaigns.tokens import derive_token, personal_link
from survey_app.clients.models import AddressState, Client
from survey_app.outbox.composition import ComposedEmail, Composers, Withheld, WithheldReason
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.sealing import unsubscribe_url
from survey_app.settings import Settings

WHOLE_WAVE = (
    joinedload(Invitation.contact),
    joinedload(Invitation.wave).defer(Wave.definition),
    joinedload(Invitation.wave).joinedload(Wave.agreement_version),
    joinedload(Invitation.wave)
    .joinedload(Wave.campaign)
    .joinedload(Campaign.client)
    .joinedload(Client.agency),
)


@dataclass(frozen=True)
class WaveMailComposer:
    """Write the invitation or the reminder that an outgoing mail stands for."""

    token_key: bytes
    public_base_url: str
    memory: Memory = field(default_factory=Memory)

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        invitation = session.get(Invitation, mail.subject_id or 0, options=WHOLE_WAVE)
        if not self.public_base_url:
            return Withheld(WithheldReason.PAUSED)
        if invitation is None or not invitation.email:
            return Withheld(WithheldReason.ERASED)
        reason = withheld_reason(_addressee(invitation), now)
        if reason is not None:
            return Withheld(WithheldReason(reason))
        return self._write(session, mail, invitation, now)

    def _write(
        self, session: Session, mail: OutgoingEmail, invitation: Invitation, now: datetime
    ) -> ComposedEmail:
        wave, facts = invitation.wave, self.memory.facts_of(invitation.wave)
        agency = wave.campaign.client.agency
        links = self._links(mail, invitation)
        with force_locale(invitation.language):
            wording = self.memory.wording_of(session, agency.id, mail.kind, invitation.language, now)
            recall = self.memory.recall_of(session, wave, mail.kind, invitation.language)
            rendered = render_letter(draft_letter(
                mail.kind, wave, invitation, wording, facts.first_question, links,
                is_paying=facts.drives_pay, recall=recall,
            ))
        return ComposedEmail(
            subject=rendered.subject, text=rendered.text, html=rendered.html, sender_name=agency.name,
            recipient_name=invitation.name, reply_to=agency.privacy_contact, unsubscribe_url=links.unsubscribe,
        )

    def _links(self, mail: OutgoingEmail, invitation: Invitation) -> Links:
        token = derive_token(self.token_key, invitation.id, invitation.version)
        return Links(
            personal_link(self.public_base_url, token),
            unsubscribe_url(self.token_key, self.public_base_url, mail.id),
        )


def _addressee(invitation: Invitation) -> Addressee:
    return Addressee(
        is_revoked=invitation.revoked_at is not None,
        has_answered=invitation.answered_at is not None,
        has_refused=invitation.refused_at is not None,
        has_opted_out=invitation.contact.opted_out_at is not None,
        is_dead_address=invitation.contact.address_state is AddressState.DEAD,
        is_wave_open=invitation.wave.state is WaveState.OPEN,
        ends_at=invitation.wave.ends_at,
    )


def wave_composers(settings: Settings) -> Composers:
    """Return the composers of this room by kind, for the worker."""
    composer = WaveMailComposer(
        settings.token_key.get_secret_value().encode(), settings.public_base_url
    )
    return {**dict.fromkeys(KINDS, composer), "digest": DigestComposer(settings)}
