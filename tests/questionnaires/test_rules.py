"""A mark stands on its scale or is refused; out of ten it is exact."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.questionnaires import (
    CommentPrompt,
    InvalidRatingError,
    LocalText,
    Question,
    Scale,
    asks_comment,
    marks_asking_comment,
    parse_rating,
    rating_out_of_ten,
)

WORD = LocalText(fr="Mot", en="Word")
TEN = Scale(min=0, max=10, low=WORD, high=WORD)
FIVE = Scale(min=1, max=5, low=WORD, high=WORD)


def rating_question(scale: Scale, threshold: int | None = None) -> Question:
    comment = None if threshold is None else CommentPrompt(at_or_below=threshold, text=WORD)
    return Question(key="answers", kind="rating", text=WORD, indicator_key="any", scale=scale, comment=comment)


@pytest.mark.parametrize("value", [0, 7, 10, "0", "7", "10"], ids=repr)
def test_a_whole_mark_of_the_scale_is_read(value: Any) -> None:
    assert parse_rating(value, TEN) == int(value)


@pytest.mark.parametrize(
    "value",
    [
        11,
        -1,
        3.5,
        7.0,
        float("nan"),
        True,
        None,
        [7],
        "11",
        "-1",
        "3.5",
        "7.0",
        "NaN",
        "７",
        "07",
        " 7",
        "7\n",
        "+7",
        "",
    ],
    ids=repr,
)
def test_anything_else_is_refused(value: Any) -> None:
    with pytest.raises(InvalidRatingError, match="whole number from 0 to 10"):
        parse_rating(value, TEN)


@given(st.text() | st.integers() | st.floats() | st.none() | st.booleans())
def test_what_is_read_always_stands_on_the_scale(value: Any) -> None:
    try:
        assert parse_rating(value, FIVE) in (1, 2, 3, 4, 5)
    except InvalidRatingError:
        assert value not in (1, 2, 3, 4, 5) or type(value) is not int


def test_an_open_question_asks_no_comment() -> None:
    question = Question(key="word", kind="open", text=WORD)
    assert marks_asking_comment(question) == ()
    assert not asks_comment(question, 0)
    assert not question.accepts_not_applicable


def test_marks_out_of_ten_are_linear_on_the_end_points() -> None:
    expected = [Fraction(0), Fraction(5, 2), Fraction(5), Fraction(15, 2), Fraction(10)]
    assert [rating_out_of_ten(mark, FIVE) for mark in FIVE.marks] == expected
    assert [rating_out_of_ten(mark, TEN) for mark in TEN.marks] == list(range(11))


def test_a_mark_off_the_scale_has_no_value_out_of_ten() -> None:
    with pytest.raises(InvalidRatingError):
        rating_out_of_ten(0, FIVE)


def test_a_comment_is_asked_at_or_under_the_threshold_on_either_scale() -> None:
    assert marks_asking_comment(rating_question(TEN, 6)) == (0, 1, 2, 3, 4, 5, 6)
    assert marks_asking_comment(rating_question(FIVE, 6)) == (1, 2, 3)
    assert marks_asking_comment(rating_question(TEN)) == ()


def test_not_applicable_is_offered_on_a_rating() -> None:
    assert rating_question(TEN).accepts_not_applicable
