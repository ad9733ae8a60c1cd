"""The letters of a wave: the privacy notice, what each person is written, and its preview."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app
from flask_babel import force_locale, gettext
from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion
from survey_app.campaigns.models import Campaign, Disclosure, PrivacyMode, Wave
from survey_app.campaigns.queries import find_validated_version
from survey_app.campaigns.rules import RETENTION_MONTHS
from survey_app.campaigns.vocabulary import promise
from survey_app.clients.mails import greeting, wording_for
from survey_app.clients.models import Agency, Civility, Contact
from survey_app.clients.rules import Wording
from survey_app.formats import format_day
from survey_app.mails import ComposedEmail, render_mail
from survey_app.questionnaires import Question, Questionnaire, mail_question


@dataclass(frozen=True)
class NoticeFacts:
    agency: str
    client: str
    mode: PrivacyMode
    disclosure: Disclosure
    drives_pay: bool
    privacy_contact: str


def privacy_notice(facts: NoticeFacts) -> list[str]:
    """Return the sentences of the notice in the language in force."""
    names = {"agency": facts.agency, "client": facts.client}
    return [
        gettext("Your address comes from the contacts at %(client)s that %(agency)s works with.", **names),
        _purpose(facts),
        *promise(facts.mode, facts.disclosure, facts.agency, facts.client, gettext),
        gettext("They are kept for %(n)s months after the survey, then deleted.", n=RETENTION_MONTHS),
        _objection(facts),
    ]


def _purpose(facts: NoticeFacts) -> str:
    purpose: str = gettext(
        "Your answers measure whether %(agency)s keeps its commitments to %(client)s, and start an "
        "improvement plan where it does not. Knowing it is in the agency’s legitimate interest.",
        agency=facts.agency,
        client=facts.client,
    )
    if not facts.drives_pay:
        return purpose
    pay = gettext("They also count in the variable part of what the agency is paid.")
    return f"{purpose} {pay}"


def _objection(facts: NoticeFacts) -> str:
    if not facts.privacy_contact:
        return str(gettext("You may object at any time: stop these mails below, or reply to this mail."))
    return str(
        gettext(
            "You may object at any time: stop these mails with the link below, or write to %(contact)s, who also "
            "answers any request to read, correct or erase what concerns you.",
            contact=facts.privacy_contact,
        )
    )


Recall = Callable[[Session, Wave], str]


def recall_for(session: Session, wave: Wave, kind: str) -> str:
    """Return the first line of an invitation in the language in force; a reminder recalls nothing."""
    recall: Recall | None = current_app.extensions.get("survey_recall")
    return recall(session, wave) if recall is not None and kind == "invitation" else ""


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
    """Return a link for each mark of the question: it names both, pre-fills the form and sends nothing."""
    if question is None or question.scale is None:
        return []
    return [(mark, f"{link}?question={question.key}&score={mark}") for mark in question.scale.marks]


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
    return NoticeFacts(
        agency.name, campaign.client.name, campaign.mode, campaign.disclosure, is_paying, agency.privacy_contact
    )


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
