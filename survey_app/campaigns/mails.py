"""The mails of a wave and the lead’s digest: what they say, and how they are composed when they leave."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from flask import current_app
from flask_babel import force_locale
from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, joinedload

from survey_app.accounts.models import User
from survey_app.agreements.models import AgreementVersion
from survey_app.campaigns.invitations import derive_token, personal_link
from survey_app.campaigns.models import Campaign, Invitation, Wave, WaveState
from survey_app.campaigns.queries import find_validated_version
from survey_app.campaigns.rules import WAVE_MAILS, Addressee, withheld_reason
from survey_app.campaigns.schedule import list_digest_lines
from survey_app.campaigns.wording import privacy_notice
from survey_app.clients.mails import greeting, unsubscribe_url, wording_for, words_for
from survey_app.clients.models import AddressState, Agency, Civility, Client, Contact
from survey_app.clients.rules import Wording
from survey_app.formats import format_day
from survey_app.mails import ComposedEmail, Withheld, WithheldReason, render_mail
from survey_app.outbox.delivery import Composers
from survey_app.outbox.models import OutgoingEmail
from survey_app.questionnaires import Question, Questionnaire, mail_question
from survey_app.settings import Settings


def drives_pay(version: AgreementVersion | None) -> bool:
    """Tell whether answers under this agreement may change what the agency is paid."""
    return version is not None and bool(version.bonus_scheme or any(c.is_paying for c in version.commitments))


@dataclass(frozen=True)
class Links:
    """The personal link and the way out; placeholders in a preview."""

    answer: str
    unsubscribe: str


@dataclass(frozen=True)
class WaveText:
    """What a wave's mail says to everybody who reads the same language."""

    kind: str
    language: str
    agency: Agency
    names: dict[str, str]
    wording: Wording
    recall: str
    question: Question | None
    notice: list[str]


def text_of(
    session: Session, wave: Wave, kind: str, language: str, question: Question | None, *, is_paying: bool
) -> WaveText:
    """Read and word what the mail of a wave says to everybody."""
    campaign, agency = wave.campaign, wave.campaign.client.agency
    # The room that knows the last answers stands above this one; a reminder recalls nothing.
    recall: Callable[[Session, Wave], str] | None = current_app.extensions.get("survey_recall")
    with force_locale(language):
        return WaveText(
            kind=kind,
            language=language,
            agency=agency,
            names={
                "agency": agency.name,
                "client": campaign.client.name,
                "campaign": campaign.title,
                "wave": wave.title,
                "deadline": format_day(wave.ends_on, language, with_weekday=True),
            },
            wording=wording_for(session, agency.id, kind, language),
            recall=recall(session, wave) if recall is not None and kind == "invitation" else "",
            question=question,
            notice=privacy_notice(campaign, is_paying=is_paying),
        )


def draft_letter(text: WaveText, name: str, civility: Civility, links: Links) -> ComposedEmail:
    """Write to one person what the wave says to everybody, with their own links."""
    words = text.wording.filled({**text.names, "name": name})
    with force_locale(text.language):
        greeted = greeting(name, civility)
    values = {
        "words": words,
        "greeting": greeted,
        "paragraphs": [*([text.recall] if text.recall else []), *words.paragraphs()],
        "question": text.question,
        "marks": score_links(text.question, links.answer),
        "notice": text.notice,
        "link": links.answer,
    }
    return render_mail(
        text.kind,
        text.language,
        values,
        agency=text.agency,
        recipient_name=name,
        reply_to=text.agency.privacy_contact,
        unsubscribe_url=links.unsubscribe,
    )


def score_links(question: Question | None, link: str) -> list[tuple[int, str]]:
    """Return a link for each mark of the question: it names both, pre-fills the form and sends nothing."""
    if question is None or question.scale is None:
        return []
    return [(mark, f"{link}?question={question.key}&score={mark}") for mark in question.scale.marks]


# They stand where the links will be; the reserved domain opens nothing.
NO_LINKS = Links("https://example.invalid/r/personal-link", "https://example.invalid/u/unsubscribe")


def preview_letter(
    session: Session, wave: Wave, contact: Contact, kind: str, questionnaire: Questionnaire
) -> ComposedEmail:
    """Render exactly what this person will read, but for the links."""
    version = wave.agreement_version or find_validated_version(session, wave.campaign.agreement_id)
    question, is_paying = mail_question(questionnaire), drives_pay(version)
    text = text_of(session, wave, kind, contact.language, question, is_paying=is_paying)
    return draft_letter(text, contact.name, contact.civility, NO_LINKS)


def find_addressee(session: Session, invitation_id: int) -> Addressee | None:
    """Return whom a mail goes to; columns alone, since it is asked for every mail of a wave."""
    found = session.execute(
        select(
            *(Invitation.id, Invitation.version, Invitation.email, Invitation.name, Invitation.civility),
            *(Invitation.language, Invitation.wave_id),
            *(Invitation.revoked_at, Invitation.answered_at, Invitation.refused_at),
            *(Contact.opted_out_at, Contact.address_state, Wave.state, Wave.ends_on, Wave.ends_at),
        )
        .join(Invitation.contact)
        .join(Invitation.wave)
        .where(Invitation.id == invitation_id)
    ).one_or_none()
    return None if found is None else Addressee._make(found)


def get_whole_wave(session: Session, wave_id: int) -> Wave:
    """Return a wave with all that its mails speak of."""
    campaign = joinedload(Wave.campaign).joinedload(Campaign.client).joinedload(Client.agency)
    return session.get_one(Wave, wave_id, options=(joinedload(Wave.agreement_version), campaign))


def still_to_be_written_to(person: Addressee, now: datetime) -> ColumnElement[bool]:
    """Return as a condition in SQL what rules.withheld_reason decides: it is checked again when the mail is begun."""
    return exists(
        select(Invitation.id)
        .join(Invitation.contact)
        .join(Invitation.wave)
        .where(
            Invitation.id == person.id,
            Invitation.version == person.version,
            Invitation.email == person.email,
            Invitation.revoked_at.is_(None),
            Invitation.answered_at.is_(None),
            Invitation.refused_at.is_(None),
            Contact.opted_out_at.is_(None),
            Contact.address_state != AddressState.DEAD,
            Wave.state == WaveState.OPEN,
            Wave.ends_at > now,
        )
    )


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
        reason = withheld_reason(person, now)
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
