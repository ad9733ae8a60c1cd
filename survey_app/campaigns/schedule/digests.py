"""Tell each quality lead once a week where their waves stand, without any mark."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from survey_app.accounts.access import Role
from survey_app.accounts.models import User
from survey_app.campaigns.dates import ONE_DAY, is_sending_moment
from survey_app.campaigns.models import Campaign, Invitation, Wave, WaveState
from survey_app.campaigns.schedule.rules import PLANNED_AHEAD, is_digest_day
from survey_app.clock import local_day
from survey_app.outbox.models import OutgoingEmail
from survey_app.outbox.service import MailToSend, enqueue_all


@dataclass(frozen=True)
class DigestLine:
    """One wave of a digest: open with its answers, or waiting for a confirmation."""

    wave: Wave
    n_invited: int
    n_answered: int

    @property
    def n_missing(self) -> int:
        return self.n_invited - self.n_answered


def list_due_digests(session: Session, zone: str, now: datetime) -> list[MailToSend]:
    """Return the digests of today that are not written yet: one per lead who has something to read."""
    day = local_day(now, zone)
    if not (is_digest_day(day) and is_sending_moment(now, zone)):
        return []
    keys = {f"digest:{lead.id}:{day}": lead for lead in _leads(session)}
    written = set(
        session.scalars(select(OutgoingEmail.deduplication_key).where(OutgoingEmail.deduplication_key.in_(list(keys))))
    )
    return [
        MailToSend("digest", lead.email, lead.language, key, subject_id=lead.id)
        for key, lead in keys.items()
        if key not in written and list_digest_lines(session, lead, now)
    ]


def queue_digests(session: Session, mails: Sequence[MailToSend], now: datetime) -> None:
    enqueue_all(session, mails, now)


def _leads(session: Session) -> Sequence[User]:
    return session.scalars(select(User).where(User.active, User.role == Role.QUALITY_LEAD).order_by(User.id)).all()


def list_digest_lines(session: Session, lead: User, now: datetime) -> list[DigestLine]:
    """Return the lead's open waves, and those that wait for their confirmation and start soon."""
    soon = now + PLANNED_AHEAD
    # A day of margin covers every zone; the client's own day decides below.
    latest = local_day(soon, "UTC") + ONE_DAY
    waves = session.scalars(
        select(Wave)
        .join(Campaign)
        .where(
            (Wave.state == WaveState.OPEN) | ((Wave.state == WaveState.DRAFT) & (Wave.starts_on <= latest)),
            *_clients_of(lead),
        )
        .options(joinedload(Wave.campaign).joinedload(Campaign.client))
        .order_by(Wave.ends_at, Wave.id)
    ).all()
    return [DigestLine(wave, *_counts(session, wave)) for wave in waves if wave.ends_at > now and _is_near(wave, soon)]


def _is_near(wave: Wave, soon: datetime) -> bool:
    return wave.state is WaveState.OPEN or wave.starts_on <= local_day(soon, wave.campaign.client.time_zone)


def _clients_of(lead: User) -> list[ColumnElement[bool]]:
    if lead.sees_all_clients:
        return []
    return [Campaign.client_id.in_([access.client_id for access in lead.client_accesses])]


def _counts(session: Session, wave: Wave) -> tuple[int, int]:
    row = session.execute(
        select(func.count(), func.count(Invitation.answered_at)).where(
            Invitation.wave_id == wave.id, Invitation.revoked_at.is_(None)
        )
    ).one()
    return row[0], row[1]
