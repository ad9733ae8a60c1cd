"""The letters of a wave: privacy notice, contents, rendering, preview, and stencils to be filled a thousand times."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask import current_app, render_template
from flask_babel import force_locale, gettext
from markupsafe import escape
from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion
from survey_app.campaigns.models import Campaign, Disclosure, PrivacyMode, Wave
from survey_app.campaigns.queries import find_validated_version
from survey_app.campaigns.rules import RETENTION_MONTHS
from survey_app.campaigns.vocabulary import promise
from survey_app.clients.mails import greeting, wording_for
from survey_app.clients.models import Contact
from survey_app.clients.rules import Wording
from survey_app.formats import format_day
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


@dataclass(frozen=True)
class Letter:
    """All that a mail of a wave says, but for the language's fixed words."""

    kind: str
    language: str
    greeting: str
    values: dict[str, str]
    wording: Wording
    question: Question | None
    notice: list[str]
    accent: str
    postal_address: str
    link: str
    unsubscribe_link: str
    recall: str = ""


@dataclass(frozen=True)
class RenderedLetter:
    subject: str
    text: str
    html: str


def render_letter(letter: Letter) -> RenderedLetter:
    """Render the three parts; called under the letter's language."""
    context = _context(letter)
    folder = f"emails/{letter.kind}"
    return RenderedLetter(
        subject=" ".join(render_template(f"{folder}/subject.txt", **context).split()),
        text=render_template(f"{folder}/body.txt", **context).strip() + "\n",
        html=render_template(f"{folder}/body.html", **context),
    )


def _context(letter: Letter) -> dict[str, object]:
    words = letter.wording.filled(letter.values)
    return {
        "language": letter.language,
        "greeting": letter.greeting,
        "subject": words.subject,
        "paragraphs": [*([letter.recall] if letter.recall else []), *words.paragraphs()],
        "marks": score_links(letter.question, letter.link),
        "question": letter.question,
        "letter": letter,
    }


def score_links(question: Question | None, link: str) -> list[tuple[int, str]]:
    """Return a link for each mark of the question: it names both, pre-fills the form and sends nothing."""
    if question is None or question.scale is None:
        return []
    return [(mark, f"{link}?question={question.key}&score={mark}") for mark in question.scale.marks]


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
        question=question,
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


HOLES = ("name", "addressed_as", "link", "unsubscribe")
# Drawn at each start, so that no wording of an agency and no name can hold one.
_SEAL = secrets.token_hex(8)
_HOLE = re.compile(rf"{_SEAL}-({'|'.join(HOLES)})-")


def hole(name: str) -> str:
    """Return what stands in a letter where a person's own words will be."""
    return f"{_SEAL}-{name}-"


@dataclass(frozen=True)
class Stencil:
    """The three parts of a letter, cut at their holes: text at even places, the name of a hole at odd ones."""

    subject: tuple[str, ...]
    text: tuple[str, ...]
    html: tuple[str, ...]

    def filled(self, values: dict[str, str]) -> RenderedLetter:
        """Put one person's words in; what reads like a hole inside a value stays as it is."""
        in_html = {name: str(escape(value)) for name, value in values.items()}
        subject = " ".join(_join(self.subject, values).split())
        return RenderedLetter(subject, _join(self.text, values), _join(self.html, in_html))


def cut_stencil(letter: Letter) -> Stencil:
    """Render a letter that was drafted with holes; called under the letter's language."""
    drawn = render_letter(letter)
    return Stencil(*(tuple(_HOLE.split(part)) for part in (drawn.subject, drawn.text, drawn.html)))


def _join(parts: tuple[str, ...], values: dict[str, str]) -> str:
    return "".join(values[part] if place % 2 else part for place, part in enumerate(parts))


Recall = Callable[[Session, Wave], str]


def recall_for(session: Session, wave: Wave, kind: str) -> str:
    """Return the first line of an invitation in the language in force; a reminder recalls nothing."""
    recall: Recall | None = current_app.extensions.get("survey_recall")
    return recall(session, wave) if recall is not None and kind == "invitation" else ""


# They stand where the links will be; the reserved domain opens nothing.
NO_LINKS = Links("https://example.invalid/r/personal-link", "https://example.invalid/u/unsubscribe")


def preview_letter(
    session: Session, wave: Wave, contact: Contact, kind: str, questionnaire: Questionnaire
) -> RenderedLetter:
    """Render exactly what this person will read, but for the links."""
    version = wave.agreement_version or find_validated_version(session, wave.campaign.agreement_id)
    agency_id = wave.campaign.client.agency_id
    with force_locale(contact.language):
        wording = wording_for(session, agency_id, kind, contact.language)
        question = mail_question(questionnaire)
        reader = Reader(contact.language, contact.name, greeting(contact.name, contact.civility))
        letter = draft_letter(
            kind,
            wave,
            reader,
            wording,
            question,
            NO_LINKS,
            is_paying=drives_pay(version),
            recall=recall_for(session, wave, kind),
        )
        return render_letter(letter)
