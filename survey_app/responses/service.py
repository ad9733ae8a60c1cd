"""Keep a form under way, take it in once and for all, note a refusal; tighten the promise, change the look."""

import hashlib
import secrets
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from survey_app.audit.service import record
from survey_app.campaigns.models import Campaign, Disclosure, Invitation, PrivacyMode, Wave
from survey_app.campaigns.population import read_turnout
from survey_app.campaigns.rules import may_narrow, may_tighten
from survey_app.clients.models import Agency, Contact
from survey_app.db import connection_of
from survey_app.errors import N_, Invalid, Refusal
from survey_app.responses.models import Answer, Response
from survey_app.responses.queries import Visit
from survey_app.responses.rules import (
    LANGUAGE_OF_NOBODY,
    OBJECTION,
    Answers,
    DoorState,
    Draft,
    RefusalReason,
    door_state,
    instant_of_nobody,
    may_keep_role,
    receipt_code,
    start_of_day,
)

RESPONDENT = "respondent"
ID_BITS = 48
CHANGED_ELSEWHERE = N_(
    "These answers were changed in another window since this page was opened. Continue to keep what you see here."
)

# Plain tables and statements made once: an answer is written without the unit of work's bookkeeping.
_invitation, _response, _answer, _contact = (
    cast(Table, model.__table__) for model in (Invitation, Response, Answer, Contact)
)
_THIS_INVITATION = update(_invitation).where(
    _invitation.c.id == bindparam("this_invitation"), _invitation.c.answered_at.is_(None)
)
_FIRST_AT = bindparam("first_at", type_=_invitation.c.started_at.type)
_STARTED = _THIS_INVITATION.values(started_at=func.coalesce(_invitation.c.started_at, _FIRST_AT))
_KEEP_DRAFT = _STARTED.where(_invitation.c.draft_version == bindparam("known_version"))
_NOTE_ANSWERED = _STARTED.where(_invitation.c.revoked_at.is_(None))
_ADD_RESPONSE = insert(_response).inline()
_ADD_ANSWERS = insert(_answer)
_NOT_REFUSED: dict[str, Any] = {"refused_at": None, "refusal_reason": None, "refusal_comment": None}


class Submitted(NamedTuple):
    """What a form that was taken in has become."""

    id: int
    receipt_code: str


class AlreadyReceived(Refusal):
    """The form was sent before, perhaps from another window."""


class ChangedElsewhere(Refusal):
    """Another window or device has kept newer answers."""


class TooLate(Refusal):
    """The wave no longer takes answers; what was typed is given back."""


def state_of(visit: Visit, now: datetime) -> DoorState:
    if visit.is_test:
        return DoorState.OPEN
    return door_state(
        wave_state=visit.wave_state,
        ends_at=visit.ends_at,
        answered_at=visit.answered_at,
        refused_at=visit.refused_at,
        refusal_reason=visit.refusal_reason,
        now=now,
    )


def require_open(visit: Visit, now: datetime) -> None:
    """Refuse a form that came after its own submit, or after the wave stopped taking answers."""
    state = state_of(visit, now)
    if state is DoorState.ANSWERED:
        raise AlreadyReceived(N_("Your answers were already received. Nothing was changed by this second sending."))
    if state is DoorState.CANCELLED:
        raise TooLate(N_("This survey was cancelled, so these answers were not taken in."))
    if state is DoorState.CLOSED:
        raise TooLate(N_("This survey has ended, so these answers were not taken in."))


def save_draft(session: Session | Connection, visit: Visit, draft: Draft, now: datetime) -> int:
    """Keep a form under way over the version that the page knew, and return the new version."""
    require_open(visit, now)
    started_at = start_of_day(now, visit.asking.time_zone) if visit.mode == "anonymous" else now
    result = connection_of(session).execute(
        _KEEP_DRAFT,
        {
            "this_invitation": visit.invitation_id,
            "known_version": visit.draft_version,
            "draft": draft.to_json(),
            "draft_version": visit.draft_version + 1,
            "first_at": started_at,
            **_NOT_REFUSED,
        },
    )
    if not result.rowcount:
        raise ChangedElsewhere(CHANGED_ELSEWHERE)
    return visit.draft_version + 1


def submit_response(
    session: Session | Connection,
    visit: Visit,
    answers: Answers,
    *,
    language: str = "fr",
    n_seconds: int | None = None,
    seed: str = "",
    now: datetime,
) -> Submitted:
    """Take a whole form in: the answers, the receipt and who has answered, or nothing.

    In the anonymous mode nothing is kept that ties the answers to the person: no key, no order, no fine time.
    """
    require_open(visit, now)
    _note_answered(session, visit, now)
    code = receipt_code(visit.invitation_id, seed or secrets.token_urlsafe(16))
    values = _response_values(visit, language, n_seconds, code, now)
    connection = connection_of(session)
    connection.execute(_ADD_RESPONSE, values)
    rows = [
        {"wave_id": visit.wave_id, "response_id": values["id"], "question_key": key, **said._asdict()}
        for key, said in answers.items()
    ]
    connection.execute(_ADD_ANSWERS, rows)
    is_tied = values["invitation_id"] is not None
    record(
        session,
        actor=RESPONDENT,
        action="submit_response",
        now=values["submitted_at"],
        subject_type="invitation" if is_tied else "wave",
        subject_id=visit.invitation_id if is_tied else visit.wave_id,
    )
    return Submitted(values["id"], code)


def _note_answered(session: Session | Connection, visit: Visit, now: datetime) -> None:
    """Note who has answered, and let the draft go in the same statement; the first of several wins."""
    is_anonymous = visit.mode == "anonymous"
    day = start_of_day(now, visit.asking.time_zone) if is_anonymous else now
    result = connection_of(session).execute(
        _NOTE_ANSWERED,
        {
            "this_invitation": visit.invitation_id,
            "answered_at": day,
            "first_at": day,
            "draft": None,
            **_NOT_REFUSED,
        },
    )
    if not result.rowcount:
        raise AlreadyReceived(N_("Your answers were already received. Nothing was changed by this second sending."))


def _response_values(visit: Visit, language: str, n_seconds: int | None, code: str, now: datetime) -> dict[str, Any]:
    is_anonymous = visit.mode == "anonymous"
    return {
        "id": secrets.randbits(ID_BITS) + 1,
        "wave_id": visit.wave_id,
        "invitation_id": None if is_anonymous else visit.invitation_id,
        "role": visit.role if may_keep_role(visit.mode, visit.n_in_role) else None,
        "language": LANGUAGE_OF_NOBODY if is_anonymous else language,
        "receipt_code": code,
        "submitted_at": instant_of_nobody(visit.launched_at, visit.asking.time_zone) if is_anonymous else now,
        "n_seconds": None if is_anonymous else n_seconds,
    }


def decline(session: Session, visit: Visit, reason: RefusalReason, comment: str, now: datetime) -> None:
    """Note that the person does not wish to answer this wave; the reminders stop, the draft goes."""
    require_open(visit, now)
    _note_refusal(session, visit, reason.value, comment, now)
    _record(session, visit, "decline_to_answer", now)


def reopen(session: Session, visit: Visit, now: datetime) -> None:
    """Let a person who declined answer after all, while the wave is open."""
    if state_of(visit, now) is not DoorState.REFUSED:
        raise Refusal(N_("There is nothing to take back here. Open your personal link again."))
    session.execute(
        update(_invitation)
        .where(_invitation.c.id == visit.invitation_id)
        .values(refused_at=None, refusal_reason=None, refusal_comment=None)
    )
    _record(session, visit, "answer_after_all", now)


def object_to_use(session: Session, visit: Visit, now: datetime) -> None:
    """Note an objection (RGPD, article 21): nothing more is sent to the person, and a form under way is dropped.

    Answers already sent stay: withdrawing them is a request to the agency, who must be able to tell why.
    """
    person = select(_invitation.c.contact_id).where(_invitation.c.id == visit.invitation_id)
    session.execute(
        update(_contact)
        .where(_contact.c.id == person.scalar_subquery(), _contact.c.opted_out_at.is_(None))
        .values(opted_out_at=now)
    )
    if visit.answered_at is None:
        _note_refusal(session, visit, OBJECTION, "", now)
    _record(session, visit, "object_to_use", now)


def _note_refusal(session: Session, visit: Visit, reason: str, comment: str, now: datetime) -> None:
    result = connection_of(session).execute(
        _THIS_INVITATION,
        {
            "this_invitation": visit.invitation_id,
            "refused_at": now,
            "refusal_reason": reason,
            "refusal_comment": comment or None,
            "draft": None,
        },
    )
    if not result.rowcount:
        raise AlreadyReceived(N_("Your answers were already received. Nothing was changed by this second sending."))


def _record(session: Session, visit: Visit, action: str, now: datetime) -> None:
    record(
        session,
        actor=RESPONDENT,
        action=action,
        subject_type="invitation",
        subject_id=visit.invitation_id,
        now=now,
    )


def drop_drafts(session: Session, wave_id: int) -> None:
    """Erase the forms left unsent, when their wave closes or is cancelled."""
    session.execute(
        update(_invitation).where(_invitation.c.wave_id == wave_id, _invitation.c.draft.is_not(None)).values(draft=None)
    )


def tighten_promise(
    session: Session, campaign: Campaign, mode: PrivacyMode, disclosure: Disclosure, actor: str, now: datetime
) -> None:
    """Make a campaign's promise stricter, for the answers already given too; a looser one is refused.

    A sheet that was issued keeps what it holds: its next edition, and every page, follow the stricter promise.
    """
    wave_ids = session.scalars(
        select(Wave.id).where(Wave.campaign_id == campaign.id).order_by(Wave.id).with_for_update()
    ).all()
    locked = select(Campaign.mode, Campaign.disclosure).where(Campaign.id == campaign.id).with_for_update()
    promised = session.execute(locked).one()
    if not may_tighten(promised.mode, mode):
        raise Refusal(
            N_(
                "People were promised a stricter mode than this one. "
                "Keep it, or plan a new campaign in the mode you want."
            )
        )
    if not may_narrow(promised.disclosure, disclosure):
        raise Refusal(
            N_(
                "People were promised that the client receives no single mark. "
                "Keep it, or plan a new campaign that says otherwise."
            )
        )
    campaign.mode, campaign.disclosure = mode, disclosure
    for action, before, wanted in (
        ("tighten_mode", promised.mode, mode),
        ("tighten_disclosure", promised.disclosure, disclosure),
    ):
        if before is not wanted:
            record(
                session,
                actor=actor,
                action=action,
                subject_type="campaign",
                subject_id=campaign.id,
                now=now,
                details={"from": before.value, "to": wanted.value},
            )
    session.flush()
    if mode is PrivacyMode.ANONYMOUS and promised.mode is not mode:
        for wave_id in wave_ids:
            _cut_ties(session, session.get_one(Wave, wave_id), campaign.client.time_zone)


def _cut_ties(session: Session, wave: Wave, zone: str) -> None:
    """Take away all that ties a wave's answers to people: the key, the role of a few, the language, the day."""
    invited = session.execute(
        select(_invitation.c.id, _invitation.c.started_at, _invitation.c.answered_at).where(
            _invitation.c.wave_id == wave.id
        )
    ).all()
    n_by_role = read_turnout(session, wave).by_role
    for row in invited:
        session.execute(
            update(_invitation)
            .where(_invitation.c.id == row.id)
            .values(
                started_at=start_of_day(row.started_at, zone) if row.started_at else None,
                answered_at=start_of_day(row.answered_at, zone) if row.answered_at else None,
            )
        )
    given = session.execute(
        select(_response.c.id, _response.c.role, _response.c.submitted_at).where(_response.c.wave_id == wave.id)
    ).all()
    for answer in given:
        is_kept = may_keep_role(PrivacyMode.ANONYMOUS, n_by_role.get(answer.role, 0))
        session.execute(
            update(_response)
            .where(_response.c.id == answer.id)
            .values(
                invitation_id=None,
                n_seconds=None,
                role=answer.role if is_kept else None,
                submitted_at=instant_of_nobody(wave.launched_at, zone),
                language=LANGUAGE_OF_NOBODY,
            )
        )


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
