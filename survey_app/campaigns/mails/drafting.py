"""Draft the letter of one invitation from what the wave froze."""

from dataclasses import dataclass
from datetime import date

from survey_app.agreements.models import AgreementVersion
from survey_app.campaigns.mails.letters import Letter
from survey_app.campaigns.mails.notice import NoticeFacts, privacy_notice
from survey_app.campaigns.mails.rules import Wording
from survey_app.campaigns.models import Campaign, Wave
from survey_app.formats import format_day
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
class Reader:
    """Whom a letter speaks to; holes in a stencil."""

    language: str
    name: str
    greeting: str


def draft_letter(
    kind: str,
    wave: Wave,
    reader: Reader,
    wording: Wording,
    question: Question | None,
    links: Links,
    *,
    is_paying: bool,
    recall: str = "",
) -> Letter:
    """Draft what this reader is written; called under the reader's language."""
    campaign, agency = wave.campaign, wave.campaign.client.agency
    return Letter(
        kind=kind,
        language=reader.language,
        greeting=reader.greeting,
        values=_values(campaign, wave.title, wave.ends_on, reader.name, reader.language),
        wording=wording,
        first_question=question,
        notice=privacy_notice(_notice_facts(campaign, is_paying)),
        accent=agency.accent_colour,
        postal_address=agency.postal_address,
        link=links.answer,
        unsubscribe_link=links.unsubscribe,
        recall=recall,
    )


def _values(campaign: Campaign, wave: str, ends_on: date, name: str, language: str) -> dict[str, str]:
    client = campaign.client
    return {
        "agency": client.agency.name,
        "client": client.name,
        "campaign": campaign.title,
        "wave": wave,
        "deadline": format_day(ends_on, language, with_weekday=True),
        "name": name,
    }


def _notice_facts(campaign: Campaign, is_paying: bool) -> NoticeFacts:
    agency = campaign.client.agency
    return NoticeFacts(
        agency.name, campaign.client.name, campaign.mode, campaign.disclosure, is_paying, agency.privacy_contact
    )
