"""Cut a questionnaire into the screens that a person goes through, and name the fields of its form."""

from dataclasses import dataclass
from functools import cached_property

from survey_app.questionnaires import LocalText, Question, Questionnaire, Section, mail_question, marks_asking_comment
from survey_app.responses.rules import GivenAnswer

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
