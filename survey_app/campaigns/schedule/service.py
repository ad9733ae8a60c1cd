"""Take the steps that are due; each finds its wave locked and looks again before it acts."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from survey_app.audit.service import record
from survey_app.campaigns.invitations import invite_again, remind_missing
from survey_app.campaigns.models import Reminder, Wave, WaveState
from survey_app.campaigns.rules import Step, due_steps
from survey_app.campaigns.schedule.queries import list_changed_invitations, read_schedule
from survey_app.campaigns.service import launch_wave, lock_wave
from survey_app.errors import N_, Refusal
from survey_app.questionnaires import Questionnaire

SCHEDULER = "scheduler"


def confirm_wave(session: Session, wave: Wave, actor: str, now: datetime) -> None:
    """Confirm a planned wave, so that it opens by itself on its first day."""
    lock_wave(session, wave)
    if wave.state is not WaveState.DRAFT:
        raise Refusal(N_("This wave is no longer in preparation."))
    wave.confirmed_at, wave.confirmed_by, wave.obstacle = now, actor, None
    record(session, actor=actor, action="wave_confirmed", subject_type="wave", subject_id=wave.id, now=now)


def withdraw_confirmation(session: Session, wave: Wave, actor: str, now: datetime) -> None:
    lock_wave(session, wave)
    if wave.state is not WaveState.DRAFT or wave.confirmed_at is None:
        return
    wave.confirmed_at, wave.confirmed_by = None, ""
    record(session, actor=actor, action="wave_unconfirmed", subject_type="wave", subject_id=wave.id, now=now)


def is_still_due(session: Session, wave: Wave, step: Step, now: datetime) -> bool:
    """Wait for the wave and look again: another worker may have done the step meanwhile."""
    lock_wave(session, wave)
    return step in due_steps(read_schedule(session, wave, now), now)


def open_wave(
    session: Session, wave: Wave, questionnaire: Questionnaire, token_key: bytes, base_url: str, now: datetime
) -> None:
    launch_wave(session, wave, questionnaire, token_key, base_url, wave.confirmed_by or SCHEDULER, now)


def note_obstacle(session: Session, wave: Wave, refusal: Refusal) -> None:
    """Keep why a confirmed wave could not open, for the lead to mend; it is tried again."""
    wave.obstacle = {"message": refusal.message, "values": {key: str(v) for key, v in refusal.values.items()}}


def remind(session: Session, wave: Wave, now: datetime) -> int:
    """Send one reminder to those missing, whatever the number of reminders that an outage left undone."""
    session.execute(
        update(Reminder)
        .where(Reminder.wave_id == wave.id, Reminder.done_at.is_(None), Reminder.due_at <= now)
        .values(done_at=now)
    )
    n_reminded = remind_missing(session, wave, now)
    record(
        session,
        actor=SCHEDULER,
        action="people_reminded",
        subject_type="wave",
        subject_id=wave.id,
        now=now,
        details={"reminded": n_reminded},
    )
    return n_reminded


def renew_invitations(session: Session, wave: Wave, token_key: bytes, now: datetime) -> int:
    """Follow the addresses changed on the contacts' page: old links die, new invitations are marked."""
    changed = list_changed_invitations(session, wave)
    for invitation in changed:
        renewed = invite_again(session, invitation, token_key, now)
        record(
            session,
            actor=SCHEDULER,
            action="address_corrected",
            subject_type="wave",
            subject_id=wave.id,
            now=now,
            details={"invitation": invitation.id, "replaced_by": renewed.id},
        )
    return len(changed)
