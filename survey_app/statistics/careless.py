"""Signs of answers given without reading."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sized
from decimal import Decimal
from itertools import groupby
from numbers import Real


def straight_lining(answers: Iterable[Hashable]) -> int:
    """Return the longest run of equal answers.

    Parameters
    ----------
    answers : iterable, shape (k,)
        One respondent's answers in the order of the form, unanswered questions left out; marks or choices.

    Returns
    -------
    int
        At least 1.

    Raises
    ------
    ValueError
        No answer, None, NaN, or a list where an answer should be.

    Notes
    -----
    A flag to look at, never a reason to delete: ten tens in a row may be praise.

    References
    ----------
    J. A. Johnson, "Ascertaining the validity of individual protocols from web-based personality
    inventories", Journal of Research in Personality 39 (2005) 103-129.

    Examples
    --------
    >>> straight_lining([7, 8, 8, 8, 9, 8])
    3
    """
    given = list(answers)
    if not given:
        raise ValueError("answers is empty: there is no run to measure.")
    if any(answer is None or _is_nan(answer) for answer in given):
        raise ValueError("answers holds a missing value: leave out what was not answered.")
    if any(isinstance(answer, Sized) and not isinstance(answer, str) for answer in given):
        raise ValueError("answers holds lists: give one respondent's answers, not a table.")
    return max(len(list(run)) for _, run in groupby(given))


def _is_nan(answer: Hashable) -> bool:
    return isinstance(answer, Real | Decimal) and math.isnan(answer)
