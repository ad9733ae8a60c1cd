"""Keep a form under way, take it in once and for all, note a refusal; tighten the promise, change the look."""

import hashlib
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, func, insert, literal, select, update
from sqlalchemy.orm import Session

from survey_app.audit.service import note, record
from survey_app.campaigns.models import Campaign, Disclosure, Invitation, PrivacyMode, Wave
from survey_app.campaigns.population import read_turnout
from survey_app.campaigns.rules import may_narrow, may_tighten
from survey_app.clients.models import Agency, Contact, ContactRole
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

ALREADY_RECEIVED = N_("Your answers were already received. Nothing was changed by this second sending.")
_NOT_REFUSED: dict[str, Any] = {"refused_at": None, "refusal_reason": None, "refusal_comment": None}


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
        raise AlreadyReceived(ALREADY_RECEIVED)
    if state is DoorState.CANCELLED:
        raise TooLate(N_("This survey was cancelled, so these answers were not taken in."))
    if state is DoorState.CLOSED:
        raise TooLate(N_("This survey has ended, so these answers were not taken in."))


def save_draft(session: Session, visit: Visit, draft: Draft, now: datetime) -> int:
    """Keep a form under way over the version that the page knew, and return the new version."""
    require_open(visit, now)
    is_kept = _write(
        session,
        visit,
        Invitation.draft_version == visit.draft_version,
        draft=draft.to_json(),
        draft_version=visit.draft_version + 1,
        started_at=_first_started(_moment(visit, now)),
        **_NOT_REFUSED,
    )
    if not is_kept:
        raise ChangedElsewhere(CHANGED_ELSEWHERE)
    return visit.draft_version + 1


def _moment(visit: Visit, now: datetime) -> datetime:
    """Return when something was done, as finely as the mode lets it be kept beside a name."""
    return start_of_day(now, visit.asking.time_zone) if visit.mode == "anonymous" else now


def _first_started(moment: datetime) -> ColumnElement[datetime]:
    return func.coalesce(Invitation.started_at, literal(moment, Invitation.started_at.type))


def _write(session: Session, visit: Visit, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Write on an invitation that has not answered yet, and tell whether it was still so."""
    not_answered = (Invitation.id == visit.invitation_id, Invitation.answered_at.is_(None), *conditions)
    return session.connection().execute(update(Invitation).where(*not_answered).values(**values)).rowcount > 0


def submit_response(
    session: Session,
    visit: Visit,
    answers: Answers,
    *,
    language: str = "fr",
    n_seconds: int | None = None,
    seed: str = "",
    now: datetime,
) -> str:
    """Take a whole form in, the answers, the receipt and who has answered, or nothing; return the receipt code.

    In the anonymous mode nothing is kept that ties the answers to the person: no key, no order, no fine time.
    """
    require_open(visit, now)
    # Who has answered is noted, and the draft let go, in one statement; the first of several wins.
    day = _moment(visit, now)
    started_at = _first_started(day)
    still_valid = Invitation.revoked_at.is_(None)
    if not _write(session, visit, still_valid, answered_at=day, started_at=started_at, draft=None, **_NOT_REFUSED):
        raise AlreadyReceived(ALREADY_RECEIVED)
    code = receipt_code(visit.invitation_id, seed or secrets.token_urlsafe(16))
    values = _response_values(visit, language, n_seconds, code, now)
    connection = session.connection()
    connection.execute(insert(Response), values)
    connection.execute(
        insert(Answer),
        [
            {"wave_id": visit.wave_id, "response_id": values["id"], "question_key": key, **said._asdict()}
            for key, said in answers.items()
        ],
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
    return code


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
    _write(session, visit, **_NOT_REFUSED)
    _record(session, visit, "answer_after_all", now)


def object_to_use(session: Session, visit: Visit, now: datetime) -> None:
    """Note an objection (RGPD, article 21): nothing more is sent to the person, and a form under way is dropped.

    Answers already sent stay: withdrawing them is a request to the agency, who must be able to tell why.
    """
    person = select(Invitation.contact_id).where(Invitation.id == visit.invitation_id).scalar_subquery()
    session.execute(
        update(Contact).where(Contact.id == person, Contact.opted_out_at.is_(None)).values(opted_out_at=now),
        execution_options={"synchronize_session": False},
    )
    if visit.answered_at is None:
        _note_refusal(session, visit, OBJECTION, "", now)
    _record(session, visit, "object_to_use", now)


def _note_refusal(session: Session, visit: Visit, reason: str, comment: str, now: datetime) -> None:
    refusal = {"refused_at": now, "refusal_reason": reason, "refusal_comment": comment or None}
    if not _write(session, visit, draft=None, **refusal):
        raise AlreadyReceived(ALREADY_RECEIVED)


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
        update(Invitation).where(Invitation.wave_id == wave_id, Invitation.draft.is_not(None)).values(draft=None)
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
            note(session, campaign, action, actor, now, **{"from": before.value, "to": wanted.value})
    session.flush()
    if mode is PrivacyMode.ANONYMOUS and promised.mode is not mode:
        for wave_id in wave_ids:
            _cut_ties(session, session.get_one(Wave, wave_id), campaign.client.time_zone)


def _cut_ties(session: Session, wave: Wave, zone: str) -> None:
    """Take away all that ties a wave's answers to people: the key, the role of a few, the language, the day."""
    connection = session.connection()
    for person in connection.execute(
        select(Invitation.id, Invitation.started_at, Invitation.answered_at).where(Invitation.wave_id == wave.id)
    ).all():
        days = {
            name: start_of_day(instant, zone) if instant else None
            for name, instant in (("started_at", person.started_at), ("answered_at", person.answered_at))
        }
        connection.execute(update(Invitation).where(Invitation.id == person.id).values(**days))
    n_by_role = read_turnout(session, wave).by_role
    kept = [role for role in ContactRole if may_keep_role(PrivacyMode.ANONYMOUS, n_by_role.get(role, 0))]
    connection.execute(
        update(Response)
        .where(Response.wave_id == wave.id)
        .values(
            invitation_id=None,
            n_seconds=None,
            role=case((Response.role.in_(kept), Response.role)),
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
    note(session, agency, "change_look", actor, now)


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
