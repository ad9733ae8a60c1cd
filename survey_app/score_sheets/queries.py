"""Read sheets and editions."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from survey_app.accounts.access import Viewer
from survey_app.campaigns.models import Campaign, Wave
from survey_app.clients.models import Client
from survey_app.errors import N_, NotFound
from survey_app.score_sheets.models import Edition, ScoreSheet


def get_sheet(session: Session, viewer: Viewer, sheet_id: int) -> ScoreSheet:
    sheet = session.get(ScoreSheet, sheet_id, options=[joinedload(ScoreSheet.wave).joinedload(Wave.campaign)])
    if sheet is None or not viewer.sees_client(sheet.wave.campaign.client_id):
        raise NotFound(N_("There is no such score sheet. Choose one from the client's page."))
    return sheet


def get_edition(sheet: ScoreSheet, number: int | None) -> Edition:
    """Return one edition of a sheet, the newest where none is named."""
    for edition in sheet.editions:
        if number is None or edition.number == number:
            return edition
    raise NotFound(N_("This sheet has no edition with that number."))


def client_sheets(session: Session, client: Client) -> Sequence[ScoreSheet]:
    """Return the client's sheets, newest wave first."""
    return session.scalars(
        select(ScoreSheet)
        .join(ScoreSheet.wave)
        .join(Wave.campaign)
        .where(Campaign.client_id == client.id)
        .order_by(Wave.closed_at.desc(), ScoreSheet.id.desc())
    ).all()


def find_sheet_by_reference(session: Session, reference: str) -> ScoreSheet | None:
    return session.scalar(select(ScoreSheet).where(ScoreSheet.reference == reference.replace("\0", "")))


def find_edition(session: Session, snapshot: Mapping[str, Any], sha256: str) -> Edition | None:
    """Return the stored edition that a file carries: the same reference, number and figures."""
    return session.scalar(
        select(Edition)
        .join(Edition.sheet)
        .where(
            ScoreSheet.reference == str(snapshot.get("reference", "")).replace("\0", ""),
            Edition.number == snapshot.get("edition", 0),
            Edition.sha256 == sha256,
        )
    )


def find_sheet_of_wave(session: Session, wave_id: int) -> ScoreSheet | None:
    return session.scalar(select(ScoreSheet).where(ScoreSheet.wave_id == wave_id))


def count_sheets(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(ScoreSheet)) or 0


def sheet_ids(session: Session) -> Sequence[int]:
    return session.scalars(select(ScoreSheet.id).order_by(ScoreSheet.id)).all()


def outermost_editions(session: Session) -> Sequence[Edition]:
    """Return the first edition that was sealed and the last one."""
    ends = select(func.min(Edition.id)).union(select(func.max(Edition.id)))
    return session.scalars(select(Edition).where(Edition.id.in_(ends)).order_by(Edition.id)).all()


def newest_editions(session: Session) -> Iterator[Edition]:
    """Yield the newest edition of every sheet, one at a time in memory."""
    for sheet_id in sheet_ids(session):
        edition = session.scalar(
            select(Edition).where(Edition.sheet_id == sheet_id).order_by(Edition.number.desc()).limit(1)
        )
        if edition is not None:
            yield edition
        session.expunge_all()
