"""Compose a wave's mails and the lead's digest when they leave: a link is derived here and is stored nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from flask import render_template
from flask_babel import force_locale
from sqlalchemy import Row
from sqlalchemy.orm import Session, joinedload

from survey_app.accounts.models import User
from survey_app.campaigns.invitations import derive_token, personal_link
from survey_app.campaigns.mails.letters import (
    Links,
    Reader,
    Stencil,
    cut_stencil,
    draft_letter,
    drives_pay,
    hole,
    recall_for,
)
from survey_app.campaigns.mails.queries import ADDRESSEE_FINGERPRINT, find_addressees
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.campaigns.rules import WAVE_MAILS, Addressee, withheld_reason
from survey_app.campaigns.schedule.queries import list_digest_lines
from survey_app.clients.mails import addressed_as, greeting_of, wording_for, words_for
from survey_app.clients.models import AddressState, Civility, Client
from survey_app.outbox.composition import ComposedEmail, Composers, Fingerprint, Reading, Withheld, WithheldReason
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.sealing import unsubscribe_url
from survey_app.questionnaires import Questionnaire, mail_question
from survey_app.settings import Settings

STENCIL_LASTS = timedelta(seconds=30)
WHOLE_WAVE = (
    joinedload(Wave.agreement_version),
    joinedload(Wave.campaign).joinedload(Campaign.client).joinedload(Client.agency),
)


@dataclass(frozen=True)
class Occasion:
    """All that decides a letter but the person: two people for whom it is the same get the same letter."""

    wave_id: int
    ends_on: date
    kind: str
    language: str
    civility: Civility
    is_named: bool


@dataclass(frozen=True)
class LetterHead:
    """A letter ready to be filled in, and whom it comes from."""

    stencil: Stencil
    sender_name: str
    reply_to: str
    drawn_at: datetime


@dataclass
class Memory:
    """The letters drawn a moment ago: an agency may change its words, its name or its colour at any time."""

    heads: dict[Occasion, LetterHead] = field(default_factory=dict)

    def head_of(self, session: Session, occasion: Occasion, now: datetime) -> LetterHead:
        found = self.heads.get(occasion)
        if found is None or abs(now - found.drawn_at) >= STENCIL_LASTS:
            fresh = {each: head for each, head in self.heads.items() if abs(now - head.drawn_at) < STENCIL_LASTS}
            # A new dictionary, put in place whole: the worker's connections share this memory.
            found = _draw(session, occasion, now)
            self.heads = {**fresh, occasion: found}
        return found


def _draw(session: Session, occasion: Occasion, now: datetime) -> LetterHead:
    wave = session.get_one(Wave, occasion.wave_id, options=WHOLE_WAVE)
    agency = wave.campaign.client.agency
    with force_locale(occasion.language):
        shown = hole("addressed_as") if occasion.is_named else ""
        reader = Reader(occasion.language, hole("name"), greeting_of(shown, occasion.civility))
        letter = draft_letter(
            occasion.kind,
            wave,
            reader,
            wording_for(session, agency.id, occasion.kind, occasion.language),
            mail_question(Questionnaire.from_canonical(wave.definition or {})),
            Links(hole("link"), hole("unsubscribe")),
            is_paying=drives_pay(wave.agreement_version),
            recall=recall_for(session, wave, occasion.kind),
        )
        return LetterHead(cut_stencil(letter), agency.name, agency.privacy_contact, now)


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
        with force_locale(mail.language):
            words = words_for(session, agency.id, "digest", mail.language, values)
            context = {
                "language": mail.language,
                "name": lead.name,
                "base_url": self.base_url,
                "open": is_open,
                "waiting": waiting,
                "subject": words.subject,
                "paragraphs": words.paragraphs(),
            }
            return ComposedEmail(
                subject=" ".join(render_template("emails/digest/subject.txt", **context).split()),
                text=render_template("emails/digest/body.txt", **context),
                html=render_template("emails/digest/body.html", **context),
                recipient_name=lead.name,
            )


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
    return {**dict.fromkeys(WAVE_MAILS, composer), "digest": DigestComposer(settings)}
