"""Read where each person of a wave stands, in two queries whatever their number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from survey_app.campaigns.cockpit.curve import Course, Curve, draw, follow
from survey_app.campaigns.cockpit.rules import Mailing, Progress, may_nudge, standing
from survey_app.campaigns.dates import local_day
from survey_app.campaigns.models import Invitation, Wave
from survey_app.campaigns.queries import previous_wave
from survey_app.clients.models import AddressState
from survey_app.outbox.models import MailState, OutgoingEmail


@dataclass(frozen=True)
class Invitee:
    """One line of the cockpit."""

    invitation: Invitation
    standing: str
    written_on: date | None
    may_be_nudged: bool


def list_invitees(session: Session, wave: Wave, now: datetime) -> list[Invitee]:
    """Return one line per person, from what the outbox and the answers say."""
    mailings = _last_mailings(session, wave)
    invitations = session.scalars(
        select(Invitation)
        .where(Invitation.wave_id == wave.id, Invitation.revoked_at.is_(None))
        .options(joinedload(Invitation.contact))
        .order_by(Invitation.name, Invitation.id)
    )
    zone = wave.campaign.client.time_zone
    return [_invitee(each, mailings.get(each.id), zone, now) for each in invitations]


def _last_mailings(session: Session, wave: Wave) -> dict[int, tuple[Mailing, datetime | None]]:
    last = (
        select(func.max(OutgoingEmail.id))
        .where(OutgoingEmail.wave_id == wave.id, OutgoingEmail.kind.in_(("invitation", "reminder")))
        .group_by(OutgoingEmail.subject_id)
    )
    rows = session.execute(
        select(
            OutgoingEmail.subject_id, OutgoingEmail.state, OutgoingEmail.bounced_at, OutgoingEmail.sent_at
        ).where(OutgoingEmail.id.in_(last))
    )
    return {
        row.subject_id: (Mailing(row.state, row.bounced_at is not None), row.sent_at)
        for row in rows if row.subject_id is not None
    }


def _invitee(
    invitation: Invitation, mailing: tuple[Mailing, datetime | None] | None, zone: str, now: datetime
) -> Invitee:
    last, sent_at = mailing or (None, None)
    where = standing(_progress(invitation), last)
    written_on = local_day(sent_at, zone) if sent_at else None
    return Invitee(invitation, where, written_on, may_nudge(where, invitation.reminded_at, now))


def _progress(invitation: Invitation) -> Progress:
    return Progress(
        has_answered=invitation.answered_at is not None,
        has_started=invitation.started_at is not None,
        has_opted_out=invitation.refused_at is not None or invitation.contact.opted_out_at is not None,
        is_dead_address=invitation.contact.address_state is AddressState.DEAD,
    )


def count_held_mails(session: Session, wave: Wave) -> int:
    """Count the mails that are paused because the relay refuses our sender."""
    held = select(func.count()).where(OutgoingEmail.wave_id == wave.id, OutgoingEmail.state == MailState.HELD)
    return session.scalar(held) or 0


def answer_instants(session: Session, wave: Wave) -> Sequence[datetime]:
    """Return when people answered; nobody's name is attached."""
    found = session.scalars(
        select(Invitation.answered_at)
        .where(Invitation.wave_id == wave.id, Invitation.answered_at.is_not(None))
        .order_by(Invitation.answered_at)
    )
    return [instant for instant in found if instant is not None]


def read_curve(session: Session, wave: Wave, now: datetime) -> Curve:
    """Set this wave's answers against the last wave's, day by day since each launch."""
    last = previous_wave(session, wave)
    return draw(_course(session, wave, now), _course(session, last, now) if last else None)


def _course(session: Session, wave: Wave, now: datetime) -> Course:
    n_invited = session.scalar(
        select(func.count()).where(Invitation.wave_id == wave.id, Invitation.revoked_at.is_(None))
    )
    # The deadline is the first instant after the last day: that day is the last of the curve.
    last_instant = wave.ends_at - timedelta(microseconds=1)
    until = min(now, wave.closed_at or wave.cancelled_at or last_instant, last_instant)
    return follow(
        n_invited or 0, wave.launched_at or now, answer_instants(session, wave), until,
        wave.campaign.client.time_zone,
    )
