"""Write an agency's own indicators; agreements keep what they copied, so a change touches nothing signed."""

import re
import unicodedata
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.audit.service import record
from survey_app.catalogue.models import MAX_KEY, OwnIndicator
from survey_app.catalogue.rules import OWN_PREFIX, OwnDefinition, check_definition


def define_indicator(
    session: Session, agency_id: int, definition: OwnDefinition, actor: str, now: datetime
) -> OwnIndicator:
    """Add an indicator of the agency's own under a key made from its English name."""
    check_definition(definition)
    row = OwnIndicator(
        agency_id=agency_id,
        key=_free_key(session, agency_id, definition.label_en),
        created_at=now,
        occasion=_occasion(definition),
        **_columns(definition),
    )
    session.add(row)
    session.flush()
    _note(session, row, "indicator_defined", actor, now)
    return row


def change_indicator(
    session: Session, row: OwnIndicator, definition: OwnDefinition, actor: str, now: datetime
) -> OwnIndicator:
    check_definition(definition)
    for name, value in _columns(definition).items():
        setattr(row, name, value)
    row.occasion = _occasion(definition)
    session.flush()
    _note(session, row, "indicator_changed", actor, now)
    return row


def _columns(definition: OwnDefinition) -> dict[str, object]:
    return {**asdict(definition), "counts": [dict(count) for count in definition.counts]}


def _occasion(definition: OwnDefinition) -> str:
    return "contract" if definition.measure == "contractual" else "period"


def _free_key(session: Session, agency_id: int, name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = (OWN_PREFIX + re.sub(r"[^a-z0-9]+", "_", plain).strip("_"))[: MAX_KEY - 4]
    taken = set(session.scalars(select(OwnIndicator.key).where(OwnIndicator.agency_id == agency_id)))
    key, number = stem, 2
    while key in taken or key == OWN_PREFIX:
        key, number = f"{stem.rstrip('_')}_{number}", number + 1
    return key


def _note(session: Session, row: OwnIndicator, action: str, actor: str, now: datetime) -> None:
    record(
        session,
        actor=actor,
        action=action,
        subject_type="own_indicator",
        subject_id=row.id,
        now=now,
        details={"key": row.key},
    )
