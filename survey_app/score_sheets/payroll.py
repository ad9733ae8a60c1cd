"""The approved amounts as a CSV file that a payroll program reads."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from survey_app.score_sheets.models import Edition, ScoreSheet
from survey_app.score_sheets.sealed import snapshot_of

COLUMNS = (
    "reference",
    "edition",
    "client_key",
    "client",
    "wave",
    "period_start",
    "period_end",
    "amount",
    "currency",
    "approved_by",
    "approved_at",
    "sha256",
)
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def payroll_csv(sheets: Sequence[ScoreSheet]) -> str:
    """Write one line an approved newest edition; what nobody approved is not paid."""
    target = StringIO()
    writer = csv.writer(target, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_rows(sheets))
    return target.getvalue()


def _rows(sheets: Sequence[ScoreSheet]) -> Iterator[list[str]]:
    for sheet in sheets:
        newest = sheet.editions[0]
        if newest.approval is not None:
            yield _row(newest)


def _row(edition: Edition) -> list[str]:
    sheet, approval = snapshot_of(edition), edition.approval
    texts = [
        sheet["reference"],
        str(sheet["edition"]),
        sheet["client"]["key"],
        sheet["client"]["name"],
        sheet["wave"]["title"],
        sheet["wave"]["starts_on"],
        sheet["wave"]["ends_on"],
    ]
    proof = [approval.approved_by, approval.approved_at.isoformat()] if approval else ["", ""]
    bonus = sheet["bonus"]
    return [*map(inert, texts), bonus["amount"], bonus["currency"], *map(inert, proof), edition.sha256]


def inert(text: str) -> str:
    """Keep a spreadsheet from reading a name as a formula."""
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text
