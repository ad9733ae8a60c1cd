"""Draft the mail of one person from what the wave froze: the same for the mail, its preview and a rehearsal."""

from dataclasses import dataclass

from flask_babel import force_locale
from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion
from survey_app.campaigns.mails.notice import NoticeFacts, privacy_notice
from survey_app.campaigns.mails.recalling import recall_for
from survey_app.campaigns.models import Campaign, Wave
from survey_app.clients.greeting import greeting
from survey_app.clients.models import Agency, Civility
from survey_app.clients.wording.queries import wording_for
from survey_app.clients.wording.rules import Wording
from survey_app.formats import format_day
from survey_app.mails import ComposedEmail, render_mail
from survey_app.questionnaires import Question, Questionnaire


def first_question(questionnaire: Questionnaire) -> Question | None:
    """Return the question that the mail's buttons answer: the first one, where it asks a mark."""
    question = next(iter(questionnaire.questions), None)
    return question if question is not None and question.scale is not None else None


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
    with force_locale(language):
        return WaveText(
            kind=kind,
            language=language,
            agency=agency,
            names=_names(campaign, wave, language),
            wording=wording_for(session, agency.id, kind, language),
            recall=recall_for(session, wave, kind),
            question=question,
            notice=privacy_notice(_notice_facts(campaign, is_paying)),
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
    """Return a link for each mark of the first question: it pre-fills the form and sends nothing."""
    if question is None or question.scale is None:
        return []
    return [(mark, f"{link}?score={mark}") for mark in question.scale.marks]


def _names(campaign: Campaign, wave: Wave, language: str) -> dict[str, str]:
    client = campaign.client
    return {
        "agency": client.agency.name,
        "client": client.name,
        "campaign": campaign.title,
        "wave": wave.title,
        "deadline": format_day(wave.ends_on, language, with_weekday=True),
    }


def _notice_facts(campaign: Campaign, is_paying: bool) -> NoticeFacts:
    agency = campaign.client.agency
    return NoticeFacts(agency.name, campaign.client.name, campaign.mode, is_paying, agency.privacy_contact)
