"""Close a wave: scores, plans, verdicts on earlier plans, bonus and sheet, all or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.service import open_plans, settle_plans
from survey_app.agreements.models import Commitment
from survey_app.audit.service import note
from survey_app.bonuses.models import Bonus
from survey_app.bonuses.service import compute_bonus
from survey_app.campaigns.models import Wave, WaveState
from survey_app.campaigns.service import note_end
from survey_app.catalogue.content import Catalogue
from survey_app.errors import N_, Refusal
from survey_app.measurements.queries import marks_for_wave
from survey_app.responses.service import drop_drafts
from survey_app.score_sheets.models import Edition
from survey_app.score_sheets.service import issue_sheet
from survey_app.scores.models import Score
from survey_app.scores.service import record_scores


def due_wave_ids(session: Session, now: datetime) -> Sequence[int]:
    """Return the open waves whose last day has ended in the client's zone, oldest first."""
    return session.scalars(
        select(Wave.id).where(Wave.state == WaveState.OPEN, Wave.ends_at <= now).order_by(Wave.ends_at, Wave.id)
    ).all()


def lines_without_fact(session: Session, wave: Wave) -> list[Commitment]:
    """Return the lines that closing now would leave not measurable for want of a validated fact or document."""
    missing = {key for key, mark in marks_for_wave(session, wave).items() if mark is None}
    version = wave.agreement_version
    return [line for line in version.commitments if line.indicator_key in missing] if version else []


# Scores, summary, verdicts, plans, bonus, sheet.
N_STAGES = 6


@dataclass(frozen=True)
class Closing:
    """What one close brought forth."""

    wave: Wave
    scores: list[Score]
    opened_plans: list[ActionPlan]
    settled_plans: list[ActionPlan]
    bonus: Bonus | None
    edition: Edition


def close_wave(
    session: Session,
    wave_id: int,
    catalogue: Catalogue,
    signing_key: bytes,
    actor: str,
    now: datetime,
    tell: Callable[[int], object] = int,
) -> Closing:
    """Close an open wave and do everything that follows from it in the caller's one transaction.

    `tell` hears of each stage that is over; there are `N_STAGES`.
    """
    wave = _take_open_wave(session, wave_id)
    wave.state, wave.closed_at = WaveState.CLOSED, now
    note_end(wave, now)
    drop_drafts(session, wave.id)
    note(session, wave, "wave_closed", actor, now)
    scores = record_scores(session, wave, catalogue, marks_for_wave(session, wave), actor, now, tell)
    settled = settle_plans(session, wave, scores, actor, now)
    tell(1)
    opened = open_plans(session, wave, scores, actor, now)
    tell(1)
    bonus = compute_bonus(session, wave, scores, actor, now)
    tell(1)
    edition = issue_sheet(session, wave, catalogue, signing_key, actor, now)
    tell(1)
    return Closing(wave, scores, opened, settled, bonus, edition)


def _take_open_wave(session: Session, wave_id: int) -> Wave:
    # The row is locked, so that two closes at once meet here and the second is told.
    wave = session.scalar(select(Wave).where(Wave.id == wave_id).with_for_update())
    if wave is None:
        raise Refusal(N_("This wave does not exist."))
    if wave.state is WaveState.CLOSED:
        raise Refusal(N_("This wave is already closed. A correction is a new edition of its score sheet."))
    if wave.state is not WaveState.OPEN:
        raise Refusal(N_("Only an open wave can be closed. Launch it first."))
    return wave
