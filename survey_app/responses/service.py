"""Keep a form under way, take it in once and for all, or note that the person declines."""

import json
import secrets
from datetime import datetime
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, Table, bindparam, func, insert, select, text, update
from sqlalchemy.orm import Session

from survey_app.audit.service import record
from survey_app.campaigns.models import Invitation
from survey_app.clients.models import Contact
from survey_app.db import connection_of
from survey_app.errors import N_, NotFound, Refusal
from survey_app.responses.models import Response
from survey_app.responses.queries import Visit, visit_of
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
_invitation, _response, _contact = (cast(Table, model.__table__) for model in (Invitation, Response, Contact))
_THIS_INVITATION = update(_invitation).where(
    _invitation.c.id == bindparam("this_invitation"), _invitation.c.answered_at.is_(None)
)
_FIRST_AT = bindparam("first_at", type_=_invitation.c.started_at.type)
_STARTED = _THIS_INVITATION.values(started_at=func.coalesce(_invitation.c.started_at, _FIRST_AT))
_KEEP_DRAFT = _STARTED.where(_invitation.c.draft_version == bindparam("known_version"))
_NOTE_ANSWERED = _STARTED.where(_invitation.c.revoked_at.is_(None))
_ADD_RESPONSE = insert(_response).inline()
# Twenty answers are one statement and one value, not twenty of each: what costs is the conversation.
_ADD_ANSWERS = {
    "sqlite": text(
        "INSERT INTO answer (wave_id, response_id, question_key, rating, is_not_applicable, comment)"
        " SELECT :wave_id, :response_id, json_extract(value, '$[0]'), json_extract(value, '$[1]'),"
        " json_extract(value, '$[2]'), json_extract(value, '$[3]') FROM json_each(:answers)"
    ),
    "postgresql": text(
        "INSERT INTO answer (wave_id, response_id, question_key, rating, is_not_applicable, comment)"
        " SELECT CAST(:wave_id AS bigint), CAST(:response_id AS bigint), value ->> 0, CAST(value ->> 1 AS integer),"
        " CAST(value ->> 2 AS boolean), value ->> 3 FROM json_array_elements(CAST(:answers AS json))"
    ),
}
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
    invitation: Visit | Invitation,
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
    visit = visit_of(session, invitation) if isinstance(invitation, Invitation) else invitation
    if visit is None:
        raise NotFound(N_("This link is not valid. Check that it was copied whole."))
    require_open(visit, now)
    _note_answered(session, visit, now)
    code = receipt_code(visit.invitation_id, seed or secrets.token_urlsafe(16))
    values = _response_values(visit, language, n_seconds, code, now)
    connection = connection_of(session)
    connection.execute(_ADD_RESPONSE, values)
    connection.execute(
        _ADD_ANSWERS[connection.dialect.name],
        {
            "wave_id": visit.wave_id,
            "response_id": values["id"],
            "answers": json.dumps([(key, *said) for key, said in answers.items()]),
        },
    )
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
