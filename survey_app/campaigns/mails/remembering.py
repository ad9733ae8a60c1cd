"""What a worker need not read and draw again for each of a wave's mails."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from flask_babel import force_locale
from sqlalchemy.orm import Session, joinedload

from survey_app.campaigns.mails.drafting import Links, Reader, draft_letter, drives_pay
from survey_app.campaigns.mails.recalling import recall_for
from survey_app.campaigns.mails.stencils import Stencil, cut_stencil, hole
from survey_app.campaigns.mails.wording import wording_for
from survey_app.campaigns.models import Campaign, Wave
from survey_app.clients.greeting import greeting_of
from survey_app.clients.models import Civility, Client
from survey_app.questionnaires import Questionnaire, mail_question

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
