"""The yearly statement: the sheets of a year side by side, added up from what was sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from survey_app.bonuses.wording import Words
from survey_app.score_sheets.models import Edition, ScoreSheet
from survey_app.score_sheets.reading import exact
from survey_app.score_sheets.sealed import snapshot_of
from survey_app.score_sheets.wording import words_for


@dataclass(frozen=True)
class StatementRow:
    sheet_id: int
    reference: str
    edition: int
    title: str
    ended: str
    overall: str
    amount: str
    is_baseline: bool
    is_approved: bool


@dataclass(frozen=True)
class Statement:
    """One year's sheets; totals are by currency, and apart for what is approved."""

    rows: tuple[StatementRow, ...]
    totals: tuple[str, ...]
    approved_totals: tuple[str, ...]


def yearly_statement(sheets: Sequence[ScoreSheet], year: int, language: str) -> Statement:
    """Add the newest editions of the waves that ended in a year, oldest first."""
    chosen = sorted(
        (sheet.editions[0] for sheet in sheets if sheet.wave.last_day.year == year),
        key=lambda edition: (edition.sheet.wave.last_day, edition.sheet_id),
    )
    approved = [edition for edition in chosen if edition.approval is not None]
    return Statement(
        tuple(_row(edition, language) for edition in chosen), _totals(chosen, language), _totals(approved, language)
    )


def _row(edition: Edition, language: str) -> StatementRow:
    sheet = snapshot_of(edition)
    say, bonus = words_for(sheet, language), sheet["bonus"]
    overall = next((mean for mean in sheet["means"] if mean["key"] == "overall" and mean["party"] == "agency"), None)
    return StatementRow(
        edition.sheet_id,
        sheet["reference"],
        sheet["edition"],
        sheet["wave"]["title"],
        say.day(sheet["wave"]["ends_on"]),
        say.score(exact(overall["exact"]) if overall else None),
        say.money(Fraction(bonus["amount"])) if bonus else "–",
        sheet["wave"]["is_baseline"],
        edition.approval is not None,
    )


def _totals(editions: Sequence[Edition], language: str) -> tuple[str, ...]:
    totals: dict[str, Fraction] = {}
    for edition in editions:
        bonus = snapshot_of(edition)["bonus"]
        if bonus is not None:
            totals[bonus["currency"]] = totals.get(bonus["currency"], Fraction(0)) + Fraction(bonus["amount"])
    return tuple(Words(language, currency=currency).money(total) for currency, total in sorted(totals.items()))
