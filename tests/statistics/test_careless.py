"""The longest run of equal answers."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.statistics import straight_lining


@pytest.mark.parametrize(
    ("answers", "longest"),
    [
        # R: max(rle(c(1, 2, 2, 3, 3, 3, 2, 2))$lengths) -> 3, the run length behind careless::longstring
        ([1, 2, 2, 3, 3, 3, 2, 2], 3),
        ([7], 1),
        ([10] * 12, 12),
        ([1, 2, 1, 2], 1),
        (["a", "a", "b"], 2),
        ([7, 7.0, Decimal(7)], 3),
    ],
)
def test_it_counts_the_longest_run(answers: list[object], longest: int) -> None:
    assert straight_lining(answers) == longest


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
def test_it_is_the_same_backwards_and_never_longer_than_the_commonest_answer(answers: list[int]) -> None:
    longest = straight_lining(answers)
    assert longest == straight_lining(answers[::-1])
    assert 1 <= longest <= max(answers.count(answer) for answer in answers)


@pytest.mark.parametrize("answers", [[], [7, None, 7], [7, math.nan]])
def test_what_was_not_answered_must_be_left_out(answers: list[float | None]) -> None:
    with pytest.raises(ValueError, match=r"empty|leave out"):
        straight_lining(answers)


@pytest.mark.parametrize("answers", [[[7, 8], [7, 8]], [(7, 8), (7, 8)]])
def test_a_table_is_no_one_s_answers(answers: list[object]) -> None:
    with pytest.raises(ValueError, match="not a table"):
        straight_lining(answers)
