"""Erase what is past its time: the people, their words and their addresses; never a score."""

from collections import Counter
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Delete, Update, case, delete, exists, func, literal, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import cast as sql_cast
from sqlalchemy.types import String

from survey_app.accounts.models import AttemptCount, StaffSession
from survey_app.action_plans.models import PlanAction
from survey_app.agreements.models import ProposalRound
from survey_app.audit.service import record
from survey_app.campaigns.models import Invitation, Wave
from survey_app.campaigns.service import lock_wave
from survey_app.clients.models import Contact
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.rules import MailState
from survey_app.privacy.queries import OVER
from survey_app.privacy.rules import SPENT_AFTER, is_past, survey_end, time_limit
from survey_app.responses.models import Answer, Response
from survey_app.responses.rules import LANGUAGE_OF_NOBODY, instant_of_nobody
from survey_app.scores.models import ResultLink

ACTOR = "retention"
WAITING = (MailState.QUEUED, MailState.DEFERRED, MailState.HELD)


def erase_wave(session: Session, wave_id: int, now: datetime) -> Counter[str]:
    """Erase the answers and the people of a wave past its time; done once, by whoever comes first.

    Scores, counts and sealed sheets stay, without names; so do the receipt codes, which the sheets list and which
    name nobody.
    """
    wave = session.get_one(Wave, wave_id)
    lock_wave(session, wave)
    ended_at = survey_end(wave.ends_at, wave.closed_at, wave.cancelled_at)
    if wave.erased_at is not None or wave.state not in OVER or not is_past(ended_at, now):
        return Counter()
    n_answers = _do(session, delete(Answer).where(Answer.wave_id == wave_id))
    _do(session, update(Response).where(Response.wave_id == wave_id).values(**_nobody(wave)))
    n_people = _do(session, delete(Invitation).where(Invitation.wave_id == wave_id))
    wave.erased_at = now
    erased = +Counter(waves=1, people=n_people, answers=n_answers)
    _note(session, "wave_erased", "wave", wave_id, erased, now)
    session.flush()
    return erased


def _nobody(wave: Wave) -> dict[str, Any]:
    """Return what a response says once nothing in it speaks of its person any more."""
    return {
        "invitation_id": None,
        "role": None,
        "n_seconds": None,
        "language": LANGUAGE_OF_NOBODY,
        "submitted_at": instant_of_nobody(wave.launched_at, wave.campaign.client.time_zone),
    }


def erase_leftovers(session: Session, now: datetime) -> Counter[str]:
    """Erase what stands outside the waves: addresses of old mails, people who left long ago, spent credentials."""
    erased = +Counter(
        addresses=_erase_addresses(session, now),
        contacts=_do(session, _departed_contacts(now)),
        sessions=_do(session, delete(StaffSession).where(StaffSession.expires_at <= now - SPENT_AFTER)),
        counters=_erase_counters(session, now - SPENT_AFTER),
    )
    if erased:
        _note(session, "leftovers_erased", "installation", None, erased, now)
    return erased


def _erase_addresses(session: Session, now: datetime) -> int:
    """Forget whom old mails went to; their states stay, so that the counts of the outbox still add up."""
    is_old = (OutgoingEmail.created_at <= time_limit(now), OutgoingEmail.recipient != "")
    stopped = {"state": MailState.EXPIRED, "due_at": None, "reason": "retention"}
    _do(session, update(OutgoingEmail).where(*is_old, OutgoingEmail.state.in_(WAITING)).values(**stopped))
    # Some keys against doubles hold the address; nothing of that age is ever written a second time.
    key = OutgoingEmail.deduplication_key
    forgotten = literal("erased:", String()) + sql_cast(OutgoingEmail.id, String())
    return _do(
        session,
        update(OutgoingEmail)
        .where(*is_old, OutgoingEmail.state != MailState.LEASED)
        .values(
            recipient="",
            domain="",
            last_reply="",
            due_at=None,
            deduplication_key=case((key.contains("@"), forgotten), else_=key),
        ),
    )


def _departed_contacts(now: datetime) -> Delete:
    """Choose those who left, whom no survey within the time asked and whom no paper names.

    An opt-out stays: without it the next import would ask the person again.
    """
    named = [
        exists().where(column == Contact.id)
        for column in (
            Invitation.contact_id,
            ResultLink.contact_id,
            ProposalRound.contact_id,
            PlanAction.owner_contact_id,
        )
    ]
    return delete(Contact).where(
        ~Contact.is_active,
        Contact.opted_out_at.is_(None),
        Contact.created_at <= time_limit(now),
        # The newest number stays taken: SQLite would give it to the next person, with all that the log says of it.
        Contact.id < select(func.max(Contact.id)).scalar_subquery(),
        *(~each for each in named),
    )


def _erase_counters(session: Session, before: datetime) -> int:
    attempts = delete(AttemptCount).where(AttemptCount.window_ends_at <= before)
    return _do(session, attempts)


def _do(session: Session, statement: Delete | Update) -> int:
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return max(cast(CursorResult[Any], result).rowcount, 0)


def _note(
    session: Session, action: str, subject_type: str, subject_id: int | None, erased: Counter[str], now: datetime
) -> None:
    record(
        session,
        actor=ACTOR,
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        now=now,
        details=dict(erased),
    )
