"""What the sheets of a client add up to: the statement of a year, and the approved amounts for payroll."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import StringIO

from survey_app.bonuses.wording import Words
from survey_app.score_sheets.models import Edition, ScoreSheet
from survey_app.score_sheets.snapshot import exact, plain, snapshot_of
from survey_app.score_sheets.wording import name_period, words_for

COLUMNS = (
    "reference",
    "edition",
    "client_key",
    "client",
    "wave",
    "period",
    "period_start",
    "period_end",
    "amount",
    "currency",
    "approved_by",
    "approved_at",
    "sha256",
)
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


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


def payroll_csv(sheets: Sequence[ScoreSheet], language: str) -> str:
    """Write one line an approved newest edition; what nobody approved is not paid.

    The period stands there as people call it, and as the two dates that a program reads.
    """
    target = StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for sheet in sheets:
        if sheet.editions[0].approval is not None:
            writer.writerow(_payroll_row(sheet.editions[0], language))
    return target.getvalue()


def _payroll_row(edition: Edition, language: str) -> list[str]:
    sheet, approval = snapshot_of(edition), edition.approval
    texts = [
        sheet["reference"],
        str(sheet["edition"]),
        sheet["client"]["key"],
        sheet["client"]["name"],
        sheet["wave"]["title"],
        name_period(sheet, words_for(sheet, language)),
        sheet["wave"]["starts_on"],
        sheet["wave"]["ends_on"],
    ]
    proof = [approval.approved_by, plain(approval.approved_at)] if approval else ["", ""]
    bonus = sheet["bonus"]
    return [*map(_inert, texts), bonus["amount"], bonus["currency"], *map(_inert, proof), edition.sha256]


def _inert(text: str) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text
