"""A mark is exact out of ten, on any scale; a low one invites a comment."""

from fractions import Fraction

from survey_app.questionnaires import (
    CommentPrompt,
    LocalText,
    Question,
    Scale,
    marks_asking_comment,
    rating_out_of_ten,
)

WORD = LocalText(fr="Mot", en="Word")
TEN = Scale(min=0, max=10, low=WORD, high=WORD)
FIVE = Scale(min=1, max=5, low=WORD, high=WORD)


def rating_question(scale: Scale, threshold: int | None = None) -> Question:
    comment = None if threshold is None else CommentPrompt(at_or_below=threshold, text=WORD)
    return Question(key="answers", kind="rating", text=WORD, indicator_key="any", scale=scale, comment=comment)


def test_an_open_question_asks_no_comment() -> None:
    question = Question(key="word", kind="open", text=WORD)
    assert marks_asking_comment(question) == ()


def test_marks_out_of_ten_are_linear_on_the_end_points() -> None:
    expected = [Fraction(0), Fraction(5, 2), Fraction(5), Fraction(15, 2), Fraction(10)]
    assert [rating_out_of_ten(mark, FIVE) for mark in FIVE.marks] == expected
    assert [rating_out_of_ten(mark, TEN) for mark in TEN.marks] == list(range(11))


def test_a_comment_is_asked_at_or_under_the_threshold_on_either_scale() -> None:
    assert marks_asking_comment(rating_question(TEN, 6)) == (0, 1, 2, 3, 4, 5, 6)
    assert marks_asking_comment(rating_question(FIVE, 6)) == (1, 2, 3)
    assert marks_asking_comment(rating_question(TEN)) == ()
