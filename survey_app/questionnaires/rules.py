"""What a mark is worth out of ten, which marks invite a comment, and which question a mail asks."""

from fractions import Fraction

from survey_app.questionnaires.definition import Question, Questionnaire, Scale


def mail_question(questionnaire: Questionnaire) -> Question | None:
    """Return the question that a mail asks with its buttons, and that the form pre-fills: the first that takes a mark.

    The first, so that the mail asks nothing out of the order that the questionnaire chose.
    """
    return next((question for question in questionnaire.questions if question.scale is not None), None)


def rating_out_of_ten(rating: int, scale: Scale) -> Fraction:
    """Give a mark out of ten, linear on the end points of the scale: 1-5 gives 0, 2.5, 5, 7.5, 10."""
    return Fraction(10 * (rating - scale.min), scale.max - scale.min)


def marks_asking_comment(question: Question) -> tuple[int, ...]:
    """List the marks that invite a comment: those worth the prompt's mark out of ten, or less."""
    if question.comment is None or question.scale is None:
        return ()
    limit = question.comment.at_or_below
    return tuple(mark for mark in question.marks if rating_out_of_ten(mark, question.scale) <= limit)
