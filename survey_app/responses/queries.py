"""Read what stands behind a personal link: all of it in one statement, whatever the number of questions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    String,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    select,
    type_coerce,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from survey_app.agreements.models import AgreementVersion
from survey_app.campaigns.models import Campaign, Disclosure, Invitation, PrivacyMode, Wave, WaveState
from survey_app.campaigns.rules import MIN_SHOWN
from survey_app.clients.models import Agency, Client, ContactRole
from survey_app.db import connection_of
from survey_app.responses.models import Response
from survey_app.tokens import MAX_TOKEN, hash_token

SEPARATOR = "\x1f"


class Asking(NamedTuple):
    """Who asks and how: what everyone asked in a wave has in common."""

    definition_hash: str
    wave_title: str
    client_name: str
    time_zone: str
    agency_id: str
    agency_name: str
    accent: str
    logo_hash: str
    privacy_contact: str
    postal_address: str
    one_question_per_screen: str
    bonus: str

    @property
    def is_one_question_per_screen(self) -> bool:
        return self.one_question_per_screen == "1"

    @property
    def has_bonus(self) -> bool:
        return self.bonus == "1"


class Visit(NamedTuple):
    """The person at the door: their invitation, the state of its wave, the form under way."""

    invitation_id: int
    invitation_language: str
    role: ContactRole
    answered_at: datetime | None
    refused_at: datetime | None
    refusal_reason: str | None
    draft: dict[str, Any] | None
    draft_version: int
    wave_id: int
    wave_state: WaveState
    launched_at: datetime | None
    ends_at: datetime
    mode: PrivacyMode
    disclosure: Disclosure
    # One column, since each column of a row costs as much as its content, and since a drawn page depends on it whole.
    common: str
    receipt: str | None
    definition: dict[str, Any] | None = None
    # Up to the number that decides, and only where it does.
    n_in_role: int = 0
    is_test: bool = False

    @property
    def asking(self) -> Asking:
        return Asking._make(self.common.split(SEPARATOR))


def _constant(text: str) -> ColumnElement[str]:
    """Write a constant into the statement itself: as a parameter it would be sent, and paid for, every time."""
    return literal_column(f"'{text}'", String())


def _flag(condition: ColumnElement[bool] | InstrumentedAttribute[bool]) -> ColumnElement[str]:
    return case((condition, _constant("1")), else_=_constant("0"))


def _common() -> ColumnElement[str]:
    texts: list[Any] = [
        Wave.definition_hash,
        Wave.title,
        Client.name,
        Client.time_zone,
        cast(Agency.id, String),
        Agency.name,
        Agency.accent_colour,
        func.coalesce(Agency.logo_hash, _constant("")),
        Agency.privacy_contact,
        Agency.postal_address,
        _flag(Agency.is_one_question_per_screen),
        _flag(AgreementVersion.bonus_scheme.is_not(None)),
    ]
    joined = texts[0]
    for text in texts[1:]:
        joined = joined + _constant(SEPARATOR) + text
    return type_coerce(joined, String())


def _visit_columns() -> list[Any]:
    return [
        Invitation.id,
        Invitation.language,
        Invitation.role,
        Invitation.answered_at,
        Invitation.refused_at,
        Invitation.refusal_reason,
        Invitation.draft,
        Invitation.draft_version,
        Wave.id,
        Wave.state,
        Wave.launched_at,
        Wave.ends_at,
        Campaign.mode,
        Campaign.disclosure,
        _common(),
        Response.receipt_code,
        _unknown_definition(),
    ]


def _unknown_definition() -> ColumnElement[Any]:
    """Give the questionnaire only where this process has not read it yet: it is long, and it is frozen."""
    is_known = bindparam("known_hashes", type_=String).like(_constant("%") + Wave.definition_hash + _constant("%"))
    return type_coerce(case((is_known, null()), else_=Wave.definition), Wave.__table__.c.definition.type)


def _behind(found: ColumnElement[bool], *more: ColumnElement[Any]) -> Select[Any]:
    return (
        select(*_visit_columns(), *more)
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
    """Count the people asked in the same role, where it decides whether the answer keeps its role, and no further.

    Counted to the end and in every mode it would make each answer cost as much as the whole population.
    """
    other = aliased(Invitation)
    same = (
        select(literal_column("1").label("one"))
        .where(other.wave_id == Invitation.wave_id, other.role == Invitation.role, other.revoked_at.is_(None))
        .limit(literal_column(str(MIN_SHOWN)))
        .correlate(Invitation)
        .subquery()
    )
    counted = select(func.count(same.c.one)).scalar_subquery()
    return case((Campaign.mode == _constant(PrivacyMode.ANONYMOUS.value), counted), else_=literal_column("0"))


_BY_TOKEN = Invitation.token_hash == bindparam("token_hash")
_BY_ID = Invitation.id == bindparam("invitation_id")
_READ = _behind(_BY_TOKEN)
# The wave and its mode are held while an answer is written: a closing and a stricter mode wait for it, or are
# waited for, never overtaken.
_WRITE = _behind(_BY_TOKEN, _count_in_role()).with_for_update(read=True, of=(Wave, Campaign))
_WRITE_BY_ID = _behind(_BY_ID, _count_in_role()).with_for_update(read=True, of=(Wave, Campaign))


def find_visit(
    session: Session | Connection, token: str, *, is_writing: bool = False, known_hashes: str = ""
) -> Visit | None:
    """Return what a link opens on; an unknown, a revoked and an erased link are the same: nothing."""
    if not token or len(token) > MAX_TOKEN:
        return None
    statement = _WRITE if is_writing else _READ
    values = {"token_hash": hash_token(token), "known_hashes": known_hashes}
    return _visit(connection_of(session).execute(statement, values).first())


def visit_of(session: Session | Connection, invitation: Invitation) -> Visit | None:
    """Return the same from an invitation at hand, for answers that do not come through the form."""
    if isinstance(session, Session):
        session.flush()
    return _visit(
        connection_of(session)
        .execute(_WRITE_BY_ID, {"invitation_id": invitation.id, "known_hashes": invitation.wave.definition_hash})
        .first()
    )


def _visit(row: Sequence[Any] | None) -> Visit | None:
    return None if row is None else Visit(*row)


def load_definition(session: Session | Connection, wave_id: int) -> dict[str, Any]:
    definition: dict[str, Any] = (
        connection_of(session)
        .execute(select(Wave.__table__.c.definition).where(Wave.__table__.c.id == wave_id))
        .scalar_one()
    )
    return definition


def find_receipt_of(session: Session | Connection, visit: Visit, code: str) -> str | None:
    """Return the receipt of a form that was sent twice: its invitation's, or the one its own page carries."""
    by_page = (Response.wave_id == visit.wave_id) & (Response.receipt_code == code)
    by_link = Response.invitation_id == visit.invitation_id
    return connection_of(session).scalar(
        select(Response.receipt_code).where(by_page | by_link).order_by(by_link.desc())
    )


def find_logo(session: Session, agency_id: int, logo_hash: str) -> bytes | None:
    return session.scalar(select(Agency.logo).where(Agency.id == agency_id, Agency.logo_hash == logo_hash))


def rehearsal(wave: Wave, definition_hash: str, language: str) -> Visit:
    """Return the visit of a lead who tries the form: the same pages over an invitation that does not exist."""
    campaign = wave.campaign
    agency, version = campaign.client.agency, wave.agreement_version
    asking = Asking(
        definition_hash=definition_hash,
        wave_title=wave.title,
        client_name=campaign.client.name,
        time_zone=campaign.client.time_zone,
        agency_id=str(agency.id),
        agency_name=agency.name,
        accent=agency.accent_colour,
        logo_hash=agency.logo_hash or "",
        privacy_contact=agency.privacy_contact,
        postal_address=agency.postal_address,
        one_question_per_screen=str(int(agency.is_one_question_per_screen)),
        bonus=str(int(version is not None and version.bonus_scheme is not None)),
    )
    return Visit(
        invitation_id=0,
        invitation_language=language,
        role=ContactRole.OTHER,
        answered_at=None,
        refused_at=None,
        refusal_reason=None,
        draft=None,
        draft_version=0,
        wave_id=wave.id,
        wave_state=WaveState.OPEN,
        launched_at=wave.launched_at,
        ends_at=wave.ends_at,
        mode=campaign.mode,
        disclosure=campaign.disclosure,
        common=SEPARATOR.join(asking),
        receipt=None,
        is_test=True,
    )
