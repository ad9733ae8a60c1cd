"""Make what people were promised stricter, never looser: who reads them, and what the client receives."""

from datetime import datetime
from typing import cast

from sqlalchemy import Table, select, update
from sqlalchemy.orm import Session

from survey_app.audit.service import record
from survey_app.campaigns.models import Campaign, Disclosure, Invitation, PrivacyMode, Wave
from survey_app.campaigns.rules import may_narrow, may_tighten
from survey_app.errors import N_, Refusal
from survey_app.responses.models import Response
from survey_app.responses.rules import LANGUAGE_OF_NOBODY, instant_of_nobody, may_keep_role, start_of_day

_response, _invitation = (cast(Table, model.__table__) for model in (Response, Invitation))


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
        select(_invitation.c.id, _invitation.c.role, _invitation.c.started_at, _invitation.c.answered_at).where(
            _invitation.c.wave_id == wave.id, _invitation.c.revoked_at.is_(None)
        )
    ).all()
    n_by_role = {role: sum(1 for row in invited if row.role == role) for role in {row.role for row in invited}}
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
