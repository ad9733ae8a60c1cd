"""Decide who may still answer, what is kept of them, what an answer is and which screens ask for it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from survey_app.campaigns.rules import MIN_SHOWN
from survey_app.clock import local_day
from survey_app.questionnaires import LocalText, Question, Questionnaire, Section, mail_question, marks_asking_comment

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# The one language that every anonymous answer carries: a rare one would name its author.
LANGUAGE_OF_NOBODY = "fr"

RECEIPT_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RECEIPT_GROUPS = 3
MAX_SECONDS = 24 * 3600
SECONDS_PER_QUESTION = 5
MAX_DRAFT_CHARACTERS = 200_000


class GivenAnswer(NamedTuple):
    """What a person said to one question; saying nothing is no answer at all."""

    rating: int | None = None
    is_not_applicable: bool = False
    comment: str | None = None


Answers = Mapping[str, GivenAnswer]


class MailButton(NamedTuple):
    """What a button of the mail says in its link: which question, and which mark."""

    question: str = ""
    score: str = ""


NO_BUTTON = MailButton()


class DoorState(StrEnum):
    """What a personal link opens on."""

    OPEN = "open"
    ANSWERED = "answered"
    REFUSED = "refused"
    OBJECTED = "objected"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class RefusalReason(StrEnum):
    NOT_MY_SUBJECT = "not_my_subject"
    NO_TIME = "no_time"
    NO_TRUST = "no_trust"
    LEFT = "left"
    OTHER = "other"


# Not offered as a reason: it is what objecting leaves on the invitation.
OBJECTION = "objection"


@dataclass(frozen=True)
class Draft:
    """A form under way, as its JSON keeps it."""

    answers: dict[str, GivenAnswer] = field(default_factory=dict)
    screen: str = ""
    language: str = ""
    opened: int | None = None

    @classmethod
    def from_json(cls, content: dict[str, Any] | None) -> "Draft":
        content = content or {}
        answers = {key: GivenAnswer(*said) for key, said in content.get("answers", {}).items()}
        return cls(answers, content.get("screen", ""), content.get("language", ""), content.get("opened"))

    def to_json(self) -> dict[str, Any]:
        return {
            "answers": {key: list(said) for key, said in self.answers.items()},
            "screen": self.screen,
            "language": self.language,
            "opened": self.opened,
        }


def door_state(
    *,
    wave_state: str,
    ends_at: datetime,
    answered_at: datetime | None,
    refused_at: datetime | None,
    refusal_reason: str | None,
    now: datetime,
) -> DoorState:
    """Say what a link opens on; who answered keeps their receipt, whatever became of the wave since.

    The deadline counts even while the wave has not been closed yet: everyone is given the same time.
    """
    if answered_at is not None:
        return DoorState.ANSWERED
    if wave_state == "cancelled":
        return DoorState.CANCELLED
    if wave_state != "open" or now >= ends_at:
        return DoorState.CLOSED
    if refused_at is not None:
        return DoorState.OBJECTED if refusal_reason == OBJECTION else DoorState.REFUSED
    return DoorState.OPEN


def receipt_code(invitation_id: int, seed: str) -> str:
    """Derive the receipt from the invitation and the number drawn for its review page.

    The same page sent twice gets the same receipt. The number is stored nowhere, so that the code alone ties
    nothing to anyone.
    """
    number = int.from_bytes(hashlib.sha256(f"receipt:{invitation_id}:{seed}".encode()).digest()[:8])
    letters = "".join(RECEIPT_ALPHABET[number >> 5 * place & 31] for place in range(4 * RECEIPT_GROUPS))
    return "-".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def clean_receipt(typed: str) -> str:
    """Read a receipt as people type it: small letters, spaces, O for 0, I or L for 1."""
    kept = "".join(letter for letter in typed.upper() if letter.isascii() and letter.isalnum())
    kept = kept.translate(str.maketrans("OIL", "011"))
    return "-".join(kept[start : start + 4] for start in range(0, len(kept), 4))[:24]


def instant_of_nobody(launched_at: datetime | None, zone: str) -> datetime:
    """Return the one instant that every anonymous answer of a wave carries: its day would tell whose it is.

    Who answered on which day stands beside the names, for the reminders.
    """
    return start_of_day(launched_at or EPOCH, zone)


def start_of_day(instant: datetime, zone: str) -> datetime:
    """Coarsen an instant to its day where the client is: a minute would tell who answered what."""
    local_zone = ZoneInfo(zone)
    return datetime.combine(local_day(instant, zone), time(), local_zone)


def may_keep_role(mode: str, n_in_role: int) -> bool:
    """Tell whether the role stays beside the answers: an anonymous one needs company."""
    return mode != "anonymous" or n_in_role >= MIN_SHOWN


def n_seconds_between(opened: int | None, now: datetime) -> int | None:
    """Return how long the form took, or None where the page's own word cannot be true."""
    if opened is None:
        return None
    n_seconds = int(now.timestamp()) - opened
    return n_seconds if 0 <= n_seconds <= MAX_SECONDS else None


def n_minutes(n_questions: int) -> int:
    """Return how many minutes to announce, rounded up: a promise that is kept."""
    return max(1, -(-n_questions * SECONDS_PER_QUESTION // 60))


def merged(kept: Answers, given: Answers, shown: frozenset[str]) -> dict[str, GivenAnswer]:
    """Put what a screen says in place of what was kept for its questions; the other screens stay."""
    return {key: said for key, said in kept.items() if key not in shown} | dict(given)


def disagrees(kept: Answers, given: Answers, shown: frozenset[str]) -> bool:
    """Tell whether a page would silently undo what another page said since about the same questions."""
    return any(key in kept and kept[key] != given.get(key) for key in shown)


NOT_APPLICABLE = "na"
REVIEW = "review"
MARK_FIELD = "q."
COMMENT_FIELD = "c."


@dataclass(frozen=True)
class Screen:
    """What is shown at once: a section, or one question of it."""

    key: str
    title: LocalText
    intro: LocalText | None
    questions: tuple[Question, ...]

    @cached_property
    def question_keys(self) -> frozenset[str]:
        return frozenset(question.key for question in self.questions)


class AnswerForm:
    """A questionnaire as a form: its screens in order, and what each of its fields may say."""

    def __init__(self, questionnaire: Questionnaire, *, is_one_question_per_screen: bool = False) -> None:
        self.questionnaire = questionnaire
        self.is_one_question_per_screen = is_one_question_per_screen
        cut = _single_questions if is_one_question_per_screen else _whole_section
        self.screens = tuple(screen for section in questionnaire.sections for screen in cut(section))
        self.positions = {screen.key: place for place, screen in enumerate(self.screens)}
        self.questions = {question.key: question for question in questionnaire.questions}
        self.question_keys = frozenset(self.questions)
        self.required_keys = tuple(q.key for q in questionnaire.questions if q.is_required)
        self.marks = {
            MARK_FIELD + question.key: {str(mark): mark for mark in question.marks}
            for question in questionnaire.questions
            if question.scale is not None
        }
        self.comment_fields = {COMMENT_FIELD + key: key for key in self.questions}
        self.low_marks = {key: frozenset(marks_asking_comment(q)) for key, q in self.questions.items()}

    def screen(self, key: str) -> Screen | None:
        place = self.positions.get(key)
        return None if place is None else self.screens[place]

    def screen_of(self, question_key: str) -> str:
        """Return the screen that asks a question."""
        return next(screen.key for screen in self.screens if question_key in screen.question_keys)

    def neighbour(self, key: str, step: int) -> str:
        """Return the screen before or after this one; the review comes after the last."""
        place = self.positions.get(key, len(self.screens)) + step
        if place >= len(self.screens):
            return REVIEW
        return self.screens[max(0, place)].key

    def mail_answer(self, question_key: str, score: str) -> dict[str, GivenAnswer]:
        """Return the answer that a button of the mail stands for; nothing for another question or no mark."""
        question = mail_question(self.questionnaire)
        mark = self.marks.get(MARK_FIELD + question_key, {}).get(score)
        is_asked = question is not None and question.key == question_key
        return {question_key: GivenAnswer(mark)} if is_asked and mark is not None else {}


def _whole_section(section: Section) -> tuple[Screen, ...]:
    return (Screen(section.key, section.title, section.intro, section.questions),)


def _single_questions(section: Section) -> tuple[Screen, ...]:
    return tuple(
        Screen(question.key, section.title, section.intro if place == 0 else None, (question,))
        for place, question in enumerate(section.questions)
    )
