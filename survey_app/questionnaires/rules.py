"""What a mark may be, and what it is worth out of ten."""

from fractions import Fraction

from survey_app.questionnaires.definition import Question, Questionnaire, Scale


class InvalidRatingError(ValueError):
    """A mark that does not stand on the scale of its question."""


def parse_rating(value: object, scale: Scale) -> int:
    """Read a mark from a form or a JSON body: exactly one of the whole marks of the scale.

    Accepts the integer or its usual writing in ASCII digits; refuses 3.5, NaN, True, "07", "７" and
    anything outside the scale, so that what is stored is what the person chose.
    """
    if type(value) is int and value in scale.marks:
        return value
    by_writing = {str(mark): mark for mark in scale.marks}
    if isinstance(value, str) and value in by_writing:
        return by_writing[value]
    raise InvalidRatingError(f"a mark must be a whole number from {scale.min} to {scale.max}")


def mail_question(questionnaire: Questionnaire) -> Question | None:
    """Return the question that a mail asks with its buttons, and that the form pre-fills: the first that takes a mark.

    The first, so that the mail asks nothing out of the order that the questionnaire chose.
    """
    return next((question for question in questionnaire.questions if question.scale is not None), None)


def rating_out_of_ten(rating: int, scale: Scale) -> Fraction:
    """Give a mark out of ten, linear on the end points of the scale: 1-5 gives 0, 2.5, 5, 7.5, 10."""
    return Fraction(10 * (parse_rating(rating, scale) - scale.min), scale.max - scale.min)


def asks_comment(question: Question, rating: int) -> bool:
    """Tell whether a mark invites a comment: when it is worth the prompt's mark out of ten, or less."""
    if question.comment is None or question.scale is None:
        return False
    return rating_out_of_ten(rating, question.scale) <= question.comment.at_or_below


def marks_asking_comment(question: Question) -> tuple[int, ...]:
    """List the marks that invite a comment, for a form that must know them beforehand."""
    return tuple(mark for mark in question.marks if asks_comment(question, mark))
