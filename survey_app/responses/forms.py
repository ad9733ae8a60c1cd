"""Read what the answer form sent, and hold the forms of the staff's pages about answering."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, SelectChoice
from wtforms.validators import InputRequired

from survey_app.campaigns.vocabulary import DISCLOSURES, MODES
from survey_app.errors import N_, Invalid, Refusal
from survey_app.responses.rules import COMMENT_FIELD, MARK_FIELD, NOT_APPLICABLE, AnswerForm, GivenAnswer
from survey_app.validation import clean_text


class PrivacyForm(FlaskForm):
    mode = RadioField(
        lazy_gettext("Who may know who said what"),
        choices=[SelectChoice(mode.value, label) for mode, label in MODES.items()],
        validators=[InputRequired(lazy_gettext("Choose a mode."))],
    )
    disclosure = RadioField(
        lazy_gettext("What the client receives"),
        choices=[SelectChoice(each.value, label) for each, label in DISCLOSURES.items()],
        validators=[InputRequired(lazy_gettext("Choose what the client receives."))],
    )


class LookForm(FlaskForm):
    is_one_question_per_screen = BooleanField(lazy_gettext("One question per screen"))
    logo = FileField(lazy_gettext("Logo"))
    is_without_logo = BooleanField(lazy_gettext("Show the agency’s name instead of a logo"))


MAX_COMMENT = 4000
# Pasted text often carries these; the person cannot see them, so they go without a word.
INVISIBLE = dict.fromkeys(map(ord, "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"))
LINE_ENDS = dict.fromkeys(map(ord, "\u000b\u000c\u0085\u2028\u2029"), "\n")
WHOLE_FORM = ""
UNKNOWN_FIELD = N_(
    "The form held a field that this questionnaire does not have. Check your answers and send them again."
)
UNREADABLE = N_("The request could not be read. Go back, check what was entered and send it again.")
# What a page says of itself beside the answers.
PAGE_FIELDS = frozenset({"go", "screen", "lang", "version", "opened", "seed", "question", "score", "csrf_token"})
Fields = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Posted:
    """What was understood, what was not (by field), and everything as it was typed."""

    answers: dict[str, GivenAnswer] = field(default_factory=dict)
    problems: dict[str, Refusal] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)


def read_answers(form: AnswerForm, fields: Iterable[tuple[str, Sequence[str]]]) -> Posted:
    """Read the posted fields; one that is wrong spoils the form, and every other one is kept for showing again."""
    marks: dict[str, int | None] = {}
    comments: dict[str, str] = {}
    posted = Posted()
    name = None
    for name, values in fields:
        if name in PAGE_FIELDS:
            continue
        try:
            if name in form.marks:
                posted.typed[name] = values[-1]
                marks[name[2:]] = _read_mark(form.marks[name], _only(values))
            elif name in form.comment_fields:
                posted.typed[name] = values[-1]
                comments[name[2:]] = read_comment(_only(values))
            else:
                raise Invalid(UNKNOWN_FIELD)
        except Refusal as refusal:
            posted.problems[name if name in posted.typed else WHOLE_FORM] = refusal
    if name is None:
        posted.problems[WHOLE_FORM] = Invalid(UNREADABLE)
    posted.answers.update(_answers(marks, comments))
    return posted


def _only(values: Sequence[str]) -> str:
    if len(values) != 1:
        raise Invalid(N_("This question was answered twice. Choose one answer."))
    return values[0]


def _answers(marks: Mapping[str, int | None], comments: Mapping[str, str]) -> dict[str, GivenAnswer]:
    """Put each question's mark and comment together; neither of them is no answer."""
    answers = {key: GivenAnswer(rating, rating is None, comments.get(key) or None) for key, rating in marks.items()}
    for key, comment in comments.items():
        if comment and key not in answers:
            answers[key] = GivenAnswer(comment=comment)
    return answers


def _read_mark(marks: Mapping[str, int], value: str) -> int | None:
    """Return the mark, or None for "not applicable": "07", "7.0" and full-width digits are no marks."""
    mark = marks.get(value)
    if mark is None and value != NOT_APPLICABLE:
        raise Invalid(
            N_("This mark is not on the scale. Choose one from %(low)s to %(high)s, or “Not applicable”."),
            low=min(marks.values()),
            high=max(marks.values()),
        )
    return mark


def read_comment(text: str) -> str:
    """Return a comment that both databases keep as it is, or refuse it with what to do."""
    if not text:
        return ""
    if len(text) > 2 * MAX_COMMENT:
        raise _too_long(len(text))
    cleaned = clean_text(text.translate(INVISIBLE).translate(LINE_ENDS), 2 * MAX_COMMENT)
    if len(cleaned) > MAX_COMMENT:
        raise _too_long(len(cleaned))
    return cleaned


def _too_long(length: int) -> Invalid:
    return Invalid(
        N_("This comment has %(length)s characters and may have %(max)s. Shorten it."),
        length=length,
        max=MAX_COMMENT,
    )


def missing_required(form: AnswerForm, answered: Mapping[str, GivenAnswer], asked: Iterable[str]) -> dict[str, Refusal]:
    """Name the required questions left without an answer among those asked, by the field to go to."""
    wanted = set(asked)
    problems: dict[str, Refusal] = {}
    for key in form.required_keys:
        if key in wanted and not _is_said(form, key, answered.get(key)):
            field_name = (MARK_FIELD if form.questions[key].scale else COMMENT_FIELD) + key
            problems[field_name] = Invalid(N_("This question needs an answer; “Not applicable” is one."))
    return problems


def _is_said(form: AnswerForm, key: str, said: GivenAnswer | None) -> bool:
    if said is None:
        return False
    if form.questions[key].scale is None:
        return said.comment is not None
    return said.rating is not None or said.is_not_applicable


def read_whole(text: str) -> int | None:
    """Read a count that the page wrote itself; anything else is as if it were not there."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else None
