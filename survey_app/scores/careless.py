"""Signs of answers given without reading: a flag to look at, never a reason to delete."""

from collections.abc import Sequence
from fractions import Fraction

from survey_app.statistics import straight_lining

LEAST_MARKS = 8
LONG_RUN = Fraction(4, 5)
# All tens, or all nines, may be praise.
PRAISE = 9
LEAST_SECONDS_A_MARK = 2


def is_flagged(marks: Sequence[int], n_seconds: int | None) -> bool:
    """Flag a form whose marks hardly vary without being praise, or that was filled faster than it can be read."""
    if len(marks) < LEAST_MARKS:
        return False
    if n_seconds is not None and n_seconds < LEAST_SECONDS_A_MARK * len(marks):
        return True
    run = straight_lining(marks)
    return run >= LEAST_MARKS and run >= LONG_RUN * len(marks) and max(marks) < PRAISE
