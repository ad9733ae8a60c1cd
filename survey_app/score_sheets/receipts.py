"""Say what became of the answers behind a receipt: which published edition counts them, never what they say."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave, WaveState
from survey_app.responses.models import Response
from survey_app.responses.rules import clean_receipt
from survey_app.score_sheets.models import Edition, ScoreSheet
from survey_app.score_sheets.queries import find_sheet_of_wave
from survey_app.score_sheets.sealed import snapshot_of


@dataclass(frozen=True)
class ReceiptEdition:
    """One published edition, and whether its sealed list of receipts names this one."""

    edition: Edition
    is_counted: bool
    is_current: bool


@dataclass(frozen=True)
class ReceiptTrail:
    """What one code leads to: its wave, and every edition of the wave's sheet, the newest first."""

    code: str
    wave: Wave
    sheet: ScoreSheet | None
    editions: Sequence[ReceiptEdition]

    @property
    def standing(self) -> str:
        """Name the one sentence that answers "are my answers counted?"."""
        if self.wave.state is WaveState.CANCELLED:
            return "cancelled"
        if self.wave.state is not WaveState.CLOSED:
            return "waiting"
        if not self.editions:
            return "unpublished"
        return "counted" if self.editions[0].is_counted else "missing"


def trace_receipt(session: Session, typed: str) -> ReceiptTrail | None:
    """Follow a receipt, as a person types it, to the editions that name it; an unknown code leads nowhere."""
    code = clean_receipt(typed)
    wave = (
        session.scalar(select(Wave).join(Response, Response.wave_id == Wave.id).where(Response.receipt_code == code))
        if code
        else None
    )
    if wave is None:
        return None
    sheet = find_sheet_of_wave(session, wave.id)
    editions = sheet.editions if sheet else []
    return ReceiptTrail(
        code,
        wave,
        sheet,
        [
            ReceiptEdition(edition, code in snapshot_of(edition)["receipts"], is_current=place == 0)
            for place, edition in enumerate(editions)
        ],
    )
