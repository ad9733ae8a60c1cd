"""Compose a wave's mails and the lead's digest when they leave: a link is derived here and is stored nowhere."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from survey_app.accounts.models import User
from survey_app.campaigns.invitations import derive_token, personal_link
from survey_app.campaigns.mails.letters import Links, WaveText, draft_letter, drives_pay, text_of
from survey_app.campaigns.mails.queries import find_addressee, get_whole_wave, still_to_be_written_to
from survey_app.campaigns.models import WaveState
from survey_app.campaigns.rules import WAVE_MAILS, Addressee, withheld_reason
from survey_app.campaigns.schedule.queries import list_digest_lines
from survey_app.clients.mails import unsubscribe_url, words_for
from survey_app.clients.models import AddressState
from survey_app.mails import ComposedEmail, Withheld, WithheldReason, render_mail
from survey_app.outbox.delivery import Composers
from survey_app.outbox.models import OutgoingEmail
from survey_app.questionnaires import Questionnaire, mail_question
from survey_app.settings import Settings

TEXT_LASTS = timedelta(seconds=30)
# The wave, the kind of mail, the language, and the last day, which may be put off.
Occasion = tuple[int, str, str, date]


@dataclass
class WaveMailComposer:
    """Write the invitation or the reminder that an outgoing mail stands for.

    What a wave says to everybody is read again every half minute: an agency may change its words at any time.
    """

    token_key: bytes
    public_base_url: str
    _texts: dict[Occasion, tuple[datetime, WaveText]] = field(default_factory=dict)

    def __call__(self, session: Session, mail: OutgoingEmail, now: datetime) -> ComposedEmail | Withheld:
        if not self.public_base_url:
            return Withheld(WithheldReason.PAUSED)
        person = find_addressee(session, mail.subject_id or 0)
        if person is None or not person.email:
            return Withheld(WithheldReason.ERASED)
        reason = withheld_reason(_addressee(person), now)
        if reason is not None:
            return Withheld(WithheldReason(reason))
        links = Links(
            personal_link(self.public_base_url, derive_token(self.token_key, person.id, person.version)),
            unsubscribe_url(self.token_key, self.public_base_url, mail),
        )
        text = self._text(session, (person.wave_id, mail.kind, person.language, person.ends_on), now)
        letter = draft_letter(text, person.name, person.civility, links)
        return replace(letter, still_wanted=still_to_be_written_to(person, now))

    def _text(self, session: Session, occasion: Occasion, now: datetime) -> WaveText:
        read_at, text = self._texts.get(occasion, (None, None))
        if read_at is None or text is None or abs(now - read_at) >= TEXT_LASTS:
            wave_id, kind, language, _ends_on = occasion
            wave = get_whole_wave(session, wave_id)
            question = mail_question(Questionnaire.from_canonical(wave.definition or {}))
            text = text_of(session, wave, kind, language, question, is_paying=drives_pay(wave.agreement_version))
            # A new dictionary, put in place whole: the worker's connections share it.
            fresh = {key: kept for key, kept in self._texts.items() if abs(now - kept[0]) < TEXT_LASTS}
            self._texts = {**fresh, occasion: (now, text)}
        return text


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


def wave_composers(settings: Settings) -> Composers:
    """Return the composers of this room by kind, for the worker."""
    composer = WaveMailComposer(settings.token_key.get_secret_value().encode(), settings.public_base_url)
    return {**dict.fromkeys(WAVE_MAILS, composer), "digest": DigestComposer(settings)}
