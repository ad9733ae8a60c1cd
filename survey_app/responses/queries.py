"""Read what a personal link opens on: all of it in one statement, whatever the number of questions."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, case, func, literal, select
from sqlalchemy.orm import Session, aliased

from survey_app.agreements.models import AgreementVersion
from survey_app.campaigns.models import Campaign, Disclosure, Invitation, PrivacyMode, Wave, WaveState
from survey_app.campaigns.rules import MIN_SHOWN
from survey_app.clients.models import Agency, Client, ContactRole
from survey_app.responses.models import Response
from survey_app.tokens import MAX_TOKEN, hash_token


class Asking(NamedTuple):
    """Who asks and how: what everyone asked in a wave has in common, and what a drawn page depends on."""

    definition_hash: str
    wave_title: str
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


class Visit(NamedTuple):
    """The person who follows a link: their invitation, the state of its wave, the form under way."""

    asking: Asking
    invitation_id: int
    invitation_language: str
    role: ContactRole
    wave_id: int
    wave_state: WaveState
    launched_at: datetime | None
    ends_at: datetime
    mode: PrivacyMode
    disclosure: Disclosure
    closed_at: datetime | None = None
    answered_at: datetime | None = None
    refused_at: datetime | None = None
    refusal_reason: str | None = None
    draft: dict[str, Any] | None = None
    draft_version: int = 0
    receipt: str | None = None
    # Up to the number that decides, and only where it does.
    n_in_role: int = 0
    is_test: bool = False


_ASKING: tuple[Any, ...] = (
    Wave.definition_hash,
    Wave.title,
    Client.name,
    Client.time_zone,
    Agency.id,
    Agency.name,
    Agency.accent_colour,
    Agency.logo_hash,
    Agency.privacy_contact,
    Agency.postal_address,
    Agency.is_one_question_per_screen,
    AgreementVersion.bonus_scheme.is_not(None),
)
_VISIT: tuple[Any, ...] = (
    *(Invitation.id, Invitation.language, Invitation.role),
    *(Wave.id, Wave.state, Wave.launched_at, Wave.ends_at),
    *(Campaign.mode, Campaign.disclosure, Wave.closed_at),
    *(Invitation.answered_at, Invitation.refused_at, Invitation.refusal_reason),
    *(Invitation.draft, Invitation.draft_version, Response.receipt_code),
)


def _asked(chosen: Select[Any], start: type[Wave | Invitation]) -> Select[Any]:
    """Join all that says who asks, from the wave or from an invitation to it."""
    chosen = chosen.select_from(start)
    if start is Invitation:
        chosen = chosen.join(Wave, Wave.id == Invitation.wave_id)
    return (
        chosen.join(Campaign, Campaign.id == Wave.campaign_id)
        .join(Client, Client.id == Campaign.client_id)
        .join(Agency, Agency.id == Client.agency_id)
        .outerjoin(AgreementVersion, AgreementVersion.id == Wave.agreement_version_id)
    )


def _by_token(*more: ColumnElement[Any]) -> Select[Any]:
    return (
        _asked(select(*_ASKING, *_VISIT, *more), Invitation)
        .outerjoin(Response, Response.invitation_id == Invitation.id)
        .where(Invitation.token_hash == bindparam("token_hash"), Invitation.revoked_at.is_(None))
    )


def _count_in_role() -> ColumnElement[int]:
    """Count the people asked in the same role, where it decides whether the answer keeps its role, and no further.

    Counted to the end and in every mode it would make each answer cost as much as the whole population.
    """
    other = aliased(Invitation)
    same = (
        select(other.id)
        .where(other.wave_id == Invitation.wave_id, other.role == Invitation.role, other.revoked_at.is_(None))
        .limit(MIN_SHOWN)
        .correlate(Invitation)
        .subquery()
    )
    counted = select(func.count(same.c.id)).scalar_subquery()
    return case((Campaign.mode == PrivacyMode.ANONYMOUS, counted), else_=literal(0))


_READ = _by_token()
# The wave and its mode are held while an answer is written: a closing and a stricter mode wait for it, or are
# waited for, never overtaken.
_WRITE = _by_token(_count_in_role()).with_for_update(read=True, of=(Wave, Campaign))


def find_visit(session: Session, token: str, *, is_writing: bool = False) -> Visit | None:
    """Return what a link opens on; an unknown, a revoked and an erased link are the same: nothing."""
    if not token or len(token) > MAX_TOKEN:
        return None
    found = session.connection().execute(_WRITE if is_writing else _READ, {"token_hash": hash_token(token)}).first()
    if found is None:
        return None
    n = len(_ASKING)
    return Visit(Asking(*found[:n]), *found[n:])


def load_definition(session: Session, wave_id: int) -> dict[str, Any]:
    """Return the questionnaire that the launch of this wave froze."""
    definition: dict[str, Any] = session.execute(select(Wave.definition).where(Wave.id == wave_id)).scalar_one()
    return definition


def find_receipt_of(session: Session, visit: Visit, code: str) -> str | None:
    """Return the receipt of a form that was sent twice: its invitation's, or the one its own page carries."""
    by_page = (Response.wave_id == visit.wave_id) & (Response.receipt_code == code)
    by_link = Response.invitation_id == visit.invitation_id
    return session.scalar(select(Response.receipt_code).where(by_page | by_link).order_by(by_link.desc()))


def find_logo(session: Session, agency_id: int, logo_hash: str) -> bytes | None:
    return session.scalar(select(Agency.logo).where(Agency.id == agency_id, Agency.logo_hash == logo_hash))


def rehearsal(session: Session, wave: Wave, definition_hash: str, language: str) -> Visit:
    """Return the visit of a lead who tries the form: the same pages over an invitation that does not exist."""
    asking = session.execute(_asked(select(*_ASKING), Wave).where(Wave.id == wave.id)).one()
    return Visit(
        asking=Asking._make(asking)._replace(definition_hash=definition_hash),
        invitation_id=0,
        invitation_language=language,
        role=ContactRole.OTHER,
        wave_id=wave.id,
        wave_state=WaveState.OPEN,
        launched_at=wave.launched_at,
        ends_at=wave.ends_at,
        mode=wave.campaign.mode,
        disclosure=wave.campaign.disclosure,
        is_test=True,
    )
