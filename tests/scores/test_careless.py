"""Flags of careless answers: to look at, never to delete."""

import pytest

from survey_app.scores.rules import is_flagged


@pytest.mark.parametrize(
    ("marks", "n_seconds", "flagged"),
    [
        ([6] * 12, 90, True),
        ([10] * 12, 90, False),
        ([9] * 12, 90, False),
        ([6, 7, 8, 7, 6, 8, 7, 6, 8, 7, 6, 8], 90, False),
        ([6, 7, 8, 7, 6, 8, 7, 6, 8, 7, 6, 8], 20, True),
        ([10] * 12, 20, True),
        ([6] * 7, 5, False),
        ([6] * 12, None, True),
    ],
)
def test_a_form_is_flagged_where_it_looks_unread(marks: list[int], n_seconds: int | None, *, flagged: bool) -> None:
    assert is_flagged(marks, n_seconds) is flagged
