"""What is past its time: to the day, and by the promise that people read."""

from datetime import UTC, datetime, timedelta

import pytest

from survey_app.privacy.rules import is_past, survey_end, time_limit

END = datetime(2026, 3, 20, 23, 0, tzinfo=UTC)


def test_answers_are_kept_for_36_months_to_the_instant() -> None:
    due = datetime(2029, 3, 20, 23, 0, tzinfo=UTC)
    assert not is_past(END, due - timedelta(seconds=1))
    assert is_past(END, due)


def test_a_leap_day_neither_fails_nor_lengthens_the_time() -> None:
    assert time_limit(datetime(2028, 2, 29, 12, 0, tzinfo=UTC)) == datetime(2025, 2, 28, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("way", ["closed_at", "cancelled_at"])
def test_a_survey_ends_at_its_deadline_or_before_where_somebody_ended_it(way: str) -> None:
    nobody: dict[str, datetime | None] = {"closed_at": None, "cancelled_at": None}
    assert survey_end(END, **nobody) == END
    assert survey_end(END, **nobody | {way: END - timedelta(days=3)}) == END - timedelta(days=3)
    assert survey_end(END, **nobody | {way: END + timedelta(days=3)}) == END
