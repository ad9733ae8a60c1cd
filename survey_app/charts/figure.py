"""A chart with the table of what it shows: for screen readers, for copying, for a file."""

from collections.abc import Sequence
from dataclasses import dataclass

from survey_app.charts.svg import Drawing


@dataclass(frozen=True)
class Table:
    """Figures as they are printed, one row a thing; the first column names it."""

    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True)
class Figure:
    """One chart of a page under the key that its files are asked by."""

    key: str
    title: str
    drawing: Drawing
    table: Table
    sentence: str = ""
