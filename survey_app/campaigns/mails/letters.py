"""Write one letter: what the mail and its preview both show."""

from dataclasses import dataclass

from flask import render_template

from survey_app.campaigns.mails.rules import Wording
from survey_app.questionnaires import Question


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
