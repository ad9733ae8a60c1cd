"""What the agency chooses of the answer form's look: its logo, and how much is asked at once."""

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.audit.service import record
from survey_app.clients.models import Agency
from survey_app.errors import N_, Invalid

MAX_LOGO_BYTES = 12 * 1024
PICTURE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")


def change_look(
    session: Session,
    agency: Agency,
    *,
    is_one_question_per_screen: bool,
    logo: bytes | None,
    is_without_logo: bool,
    actor: str,
    now: datetime,
) -> None:
    """Keep the look; a logo is small enough for the form to stay light on any telephone."""
    agency.is_one_question_per_screen = is_one_question_per_screen
    if is_without_logo:
        agency.logo = agency.logo_hash = None
    elif logo:
        _check_logo(logo)
        agency.logo, agency.logo_hash = logo, hashlib.sha256(logo).hexdigest()[:16]
    record(session, actor=actor, action="change_look", subject_type="agency", subject_id=agency.id, now=now)


def _check_logo(logo: bytes) -> None:
    if not logo.startswith(PICTURE_STARTS):
        raise Invalid(N_("The logo must be a PNG or a JPEG picture. Export it again in one of these."), field="logo")
    if len(logo) > MAX_LOGO_BYTES:
        raise Invalid(
            N_("The logo weighs %(size)s kB and may weigh %(max)s. Export it 64 pixels high."),
            field="logo",
            size=-(-len(logo) // 1024),
            max=MAX_LOGO_BYTES // 1024,
        )
