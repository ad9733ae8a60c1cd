"""Issue a sheet: one frozen snapshot, hashed, signed and numbered."""

import base64
import hashlib
import hmac
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.service import record, seal_entries
from survey_app.campaigns.models import Wave, WaveState
from survey_app.catalogue.content import Catalogue
from survey_app.errors import N_, Invalid, Refusal
from survey_app.score_sheets.canonical import canonical_json, digest
from survey_app.score_sheets.content import gather_content
from survey_app.score_sheets.models import Edition, ScoreSheet
from survey_app.score_sheets.signing import sign

MAX_REASON = 2000
REFERENCE_BYTES = 5


def issue_sheet(
    session: Session,
    wave: Wave,
    catalogue: Catalogue,
    signing_key: bytes,
    actor: str,
    now: datetime,
    reason: str = "",
) -> Edition:
    """Freeze the wave's result as the next edition of its sheet; a correction says why it is one."""
    if wave.state is not WaveState.CLOSED:
        raise Refusal(N_("Only a closed wave has a score sheet. Close the wave first."))
    if wave.erased_at is not None:
        raise Refusal(
            N_("The answers behind this sheet were erased, as people were promised. Its last edition stands.")
        )
    sheet = _find_or_start_sheet(session, wave, signing_key)
    number = len(sheet.editions) + 1
    if number > 1 and not reason.strip():
        raise Invalid(N_("Write why this new edition replaces the one before."), field="reason")
    record(
        session,
        actor=actor,
        action="sheet_issued",
        subject_type="score_sheet",
        subject_id=sheet.id,
        now=now,
        details={"reference": sheet.reference, "edition": number},
    )
    head = seal_entries(session)
    snapshot = canonical_json(gather_content(session, sheet, number, catalogue, head, now, reason.strip()))
    edition = Edition(
        sheet=sheet,
        number=number,
        snapshot=snapshot,
        sha256=digest(snapshot),
        signature=sign(signing_key, snapshot.encode()),
        reason=reason.strip(),
        issued_by=actor,
        issued_at=now,
    )
    session.add(edition)
    session.flush()
    session.expire(sheet, ["editions"])
    return edition


def _find_or_start_sheet(session: Session, wave: Wave, signing_key: bytes) -> ScoreSheet:
    # Two editions at once meet at the wave's row, and the second is numbered after the first.
    session.execute(select(Wave.id).where(Wave.id == wave.id).with_for_update())
    sheet = session.scalar(select(ScoreSheet).where(ScoreSheet.wave_id == wave.id))
    if sheet is None:
        sheet = ScoreSheet(wave=wave, reference=derive_reference(wave, signing_key))
        session.add(sheet)
        session.flush()
    return sheet


def derive_reference(wave: Wave, signing_key: bytes) -> str:
    """Derive a reference that people can read aloud and nobody can guess from another one."""
    campaign = wave.campaign
    version = wave.agreement_version
    identity = "|".join(
        str(part)
        for part in (
            campaign.client.key,
            campaign.title,
            wave.number,
            wave.definition_hash,
            version and version.content_hash,
            wave.launched_at and int(wave.launched_at.timestamp()),
            campaign.id,
            wave.id,
        )
    )
    drawn = hmac.new(signing_key, f"score-sheet:{identity}".encode(), hashlib.sha256).digest()[:REFERENCE_BYTES]
    year = wave.last_day.year
    return f"FS-{year}-{base64.b32encode(drawn).decode()}"
