"""The approved amounts as a CSV file that a payroll program reads."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from survey_app.score_sheets.canonical import plain
from survey_app.score_sheets.models import Edition, ScoreSheet
from survey_app.score_sheets.sealed import snapshot_of
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


def payroll_csv(sheets: Sequence[ScoreSheet], language: str) -> str:
    """Write one line an approved newest edition; what nobody approved is not paid.

    The period stands there as people call it, and as the two dates that a program reads.
    """
    target = StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(sheets, language))
    return target.getvalue()


def _rows(sheets: Sequence[ScoreSheet], language: str) -> Iterator[list[str]]:
    for sheet in sheets:
        newest = sheet.editions[0]
        if newest.approval is not None:
            yield _row(newest, language)


def _row(edition: Edition, language: str) -> list[str]:
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
    return [*map(inert, texts), bonus["amount"], bonus["currency"], *map(inert, proof), edition.sha256]


def inert(text: str) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text
