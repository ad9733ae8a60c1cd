"""Count rows that are alike, and choose them again: the database counts, a pure rule says what they are."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, false, or_


def matches(facts: Subquery, names: Sequence[str], values: Iterable[Any]) -> ColumnElement[bool]:
    """Say that a row has these values in the columns of these names."""
    return and_(
        *(
            facts.c[name].is_(None) if value is None else facts.c[name] == value
            for name, value in zip(names, values, strict=True)
        )
    )


def matches_any(facts: Subquery, names: Sequence[str], alike: Iterable[Iterable[Any]]) -> ColumnElement[bool]:
    """Say that a row is like one of these; nothing is like none."""
    return or_(false(), *(matches(facts, names, values) for values in alike))
