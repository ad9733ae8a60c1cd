"""Read what stands behind a personal link: all of it in one statement, whatever the number of questions."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    String,
    bindparam,
    case,
    func,
    literal,
    null,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session, aliased

from survey_app.agreements.models import AgreementVersion
from survey_app.campaigns.models import Campaign, Invitation, PrivacyMode, Wave, WaveState
from survey_app.campaigns.tokens import MAX_TOKEN, hash_token
from survey_app.clients.models import Agency, Client, ContactRole
from survey_app.responses.models import Response


class Visit(NamedTuple):
    """The person at the door: their invitation, its wave, who asks, and the form under way."""

    invitation_id: int
    contact_id: int
    invitation_language: str
    role: ContactRole
    started_at: datetime | None
    answered_at: datetime | None
    refused_at: datetime | None
    refusal_reason: str | None
    draft: dict[str, Any] | None
    draft_version: int
    wave_id: int
    wave_title: str
    wave_state: WaveState
    ends_at: datetime
    definition_hash: str
    mode: PrivacyMode
    client_name: str
    time_zone: str
    agency_id: int
    agency_name: str
    accent: str
    logo_hash: str | None
    privacy_contact: str
    postal_address: str
    is_one_question_per_screen: bool
    has_bonus: bool
    receipt: str | None
    n_in_role: int
    definition: dict[str, Any] | None = None
    is_test: bool = False


def _visit_columns() -> list[Any]:
    return [
        Invitation.id, Invitation.contact_id, Invitation.language, Invitation.role,
        Invitation.started_at, Invitation.answered_at, Invitation.refused_at, Invitation.refusal_reason,
        Invitation.draft, Invitation.draft_version,
        Wave.id, Wave.title, Wave.state, Wave.ends_at, Wave.definition_hash,
        Campaign.mode, Client.name, Client.time_zone,
        Agency.id, Agency.name, Agency.accent_colour, Agency.logo_hash, Agency.privacy_contact,
        Agency.postal_address, Agency.is_one_question_per_screen,
        AgreementVersion.bonus_scheme.is_not(None), Response.receipt_code,
    ]


def _unknown_definition() -> ColumnElement[Any]:
    """Give the questionnaire only where this process has not read it yet: it is long, and it is frozen."""
    is_known = bindparam("known_hashes", type_=String).like(literal("%") + Wave.definition_hash + "%")
    return type_coerce(case((is_known, null()), else_=Wave.definition), Wave.__table__.c.definition.type)


def _behind(n_in_role: ColumnElement[int], found: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*_visit_columns(), n_in_role, _unknown_definition())
        .select_from(Invitation)
        .join(Wave, Wave.id == Invitation.wave_id)
        .join(Campaign, Campaign.id == Wave.campaign_id)
        .join(Client, Client.id == Campaign.client_id)
        .join(Agency, Agency.id == Client.agency_id)
        .join(AgreementVersion, AgreementVersion.id == Wave.agreement_version_id)
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .where(found, Invitation.revoked_at.is_(None))
    )


def _count_in_role() -> ColumnElement[int]:
    """Count the people asked in the same role: what decides whether an anonymous answer keeps its role."""
    other = aliased(Invitation)
    return (
        select(func.count(other.id))
        .where(other.wave_id == Invitation.wave_id, other.role == Invitation.role, other.revoked_at.is_(None))
        .correlate(Invitation)
        .scalar_subquery()
    )


_BY_TOKEN = Invitation.token_hash == bindparam("token_hash")
_BY_ID = Invitation.id == bindparam("invitation_id")
_READ = _behind(literal(0), _BY_TOKEN)
# The wave and its mode are held while an answer is written: a closing and a stricter mode wait for it, or are
# waited for, never overtaken.
_WRITE = _behind(_count_in_role(), _BY_TOKEN).with_for_update(read=True, of=(Wave, Campaign))
_WRITE_BY_ID = _behind(_count_in_role(), _BY_ID).with_for_update(read=True, of=(Wave, Campaign))


def find_visit(
    session: Session, token: str, *, is_writing: bool = False, known_hashes: str = ""
) -> Visit | None:
    """Return what a link opens on; an unknown, a revoked and an erased link are the same: nothing."""
    if not token or len(token) > MAX_TOKEN:
        return None
    statement = _WRITE if is_writing else _READ
    values = {"token_hash": hash_token(token), "known_hashes": known_hashes}
    return _visit(session.execute(statement, values).first())


def visit_of(session: Session, invitation: Invitation) -> Visit | None:
    """Return the same from an invitation at hand, for answers that do not come through the form."""
    return _visit(session.execute(
        _WRITE_BY_ID, {"invitation_id": invitation.id, "known_hashes": invitation.wave.definition_hash}
    ).first())


def _visit(row: Row[Any] | None) -> Visit | None:
    return None if row is None else Visit._make((*row, False))


def load_definition(session: Session, wave_id: int) -> dict[str, Any]:
    definition: dict[str, Any] = session.execute(
        select(Wave.__table__.c.definition).where(Wave.__table__.c.id == wave_id)
    ).scalar_one()
    return definition


class Receipt(NamedTuple):
    """What a receipt code says of the response it was given for."""

    wave_title: str
    wave_state: WaveState
    ends_at: datetime
    closed_at: datetime | None
    time_zone: str


def find_receipt(session: Session, code: str) -> Receipt | None:
    row = session.execute(
        select(Wave.title, Wave.state, Wave.ends_at, Wave.closed_at, Client.time_zone)
        .join(Response, Response.wave_id == Wave.id)
        .join(Campaign, Campaign.id == Wave.campaign_id)
        .join(Client, Client.id == Campaign.client_id)
        .where(Response.receipt_code == code)
    ).first()
    return None if row is None else Receipt._make(row)


def find_receipt_of(session: Session, visit: Visit, code: str) -> str | None:
    """Return the receipt of a form that was sent twice: its invitation's, or the one its own page carries."""
    by_page = (Response.wave_id == visit.wave_id) & (Response.receipt_code == code)
    by_link = Response.invitation_id == visit.invitation_id
    return session.scalar(select(Response.receipt_code).where(by_page | by_link).order_by(by_link.desc()))


def find_logo(session: Session, agency_id: int, logo_hash: str) -> bytes | None:
    return session.scalar(select(Agency.logo).where(Agency.id == agency_id, Agency.logo_hash == logo_hash))


def rehearsal(wave: Wave, definition_hash: str, language: str) -> Visit:
    """Return the visit of a lead who tries the form: the same pages over an invitation that does not exist."""
    campaign = wave.campaign
    agency, version = campaign.client.agency, wave.agreement_version
    return Visit(
        invitation_id=0, contact_id=0, invitation_language=language, role=ContactRole.OTHER,
        started_at=None, answered_at=None, refused_at=None, refusal_reason=None, draft=None, draft_version=0,
        wave_id=wave.id, wave_title=wave.title, wave_state=WaveState.OPEN, ends_at=wave.ends_at,
        definition_hash=definition_hash, mode=campaign.mode, client_name=campaign.client.name,
        time_zone=campaign.client.time_zone, agency_id=agency.id, agency_name=agency.name,
        accent=agency.accent_colour, logo_hash=agency.logo_hash, privacy_contact=agency.privacy_contact,
        postal_address=agency.postal_address, is_one_question_per_screen=agency.is_one_question_per_screen,
        has_bonus=version is not None and version.bonus_scheme is not None, receipt=None, n_in_role=0,
        is_test=True,
    )
