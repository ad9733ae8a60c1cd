"""How each client's last closed wave ended, and what of it still waits for a person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from survey_app.action_plans.models import ActionPlan
from survey_app.action_plans.vocabulary import PlanState
from survey_app.agreements.models import Obligor
from survey_app.bonuses.models import Bonus
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.score_sheets.models import Approval, Edition, ScoreSheet
from survey_app.score_sheets.rules import CONTEST_DAYS
from survey_app.scores.models import Score, ScoreLevel


@dataclass(frozen=True)
class LastResult:
    """The agency's overall mark in the last closed wave, the one before, and the lines under their threshold."""

    wave_id: int
    title: str
    overall: Fraction | None
    before: Fraction | None
    n_breaches: int


def list_last_results(session: Session, client_ids: Sequence[int]) -> dict[int, LastResult]:
    """Return one result a client, whatever the number of clients in as many questions."""
    ranked = (
        select(
            Wave.id,
            Wave.title,
            Campaign.client_id,
            Score.exact,
            func.row_number()
            .over(partition_by=Campaign.client_id, order_by=(Wave.closed_at.desc(), Wave.id.desc()))
            .label("place"),
        )
        .join(Campaign, Wave.campaign_id == Campaign.id)
        .join(
            Score, (Score.wave_id == Wave.id) & (Score.level == ScoreLevel.OVERALL) & (Score.obligor == Obligor.AGENCY)
        )
        .where(Campaign.client_id.in_(client_ids), Wave.state == WaveState.CLOSED)
        .subquery()
    )
    rows = session.execute(select(ranked).where(ranked.c.place <= 2).order_by(ranked.c.place)).all()
    newest = {row.client_id: row for row in rows if row.place == 1}
    before = {row.client_id: row.exact for row in rows if row.place == 2}
    breaches = _count_breaches(session, [row.id for row in newest.values()])
    return {
        client_id: LastResult(row.id, row.title, row.exact, before.get(client_id), breaches.get(row.id, 0))
        for client_id, row in newest.items()
    }


def _count_breaches(session: Session, wave_ids: Sequence[int]) -> dict[int, int]:
    rows = session.execute(
        select(Score.wave_id, func.count()).where(Score.wave_id.in_(wave_ids), Score.is_breach).group_by(Score.wave_id)
    )
    return dict(iter(rows))


def count_drafted_plans(session: Session, client_ids: Sequence[int]) -> dict[int, int]:
    """Count the plans that a breach opened and nobody has proposed to the client yet."""
    rows = session.execute(
        select(ActionPlan.client_id, func.count())
        .where(ActionPlan.client_id.in_(client_ids), ActionPlan.state == PlanState.DRAFTED)
        .group_by(ActionPlan.client_id)
    )
    return dict(iter(rows))


def count_unapproved_sheets(session: Session, client_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Count the sheets that move money, may no longer be contested and wait for a second person."""
    newer = aliased(Edition)
    is_newest = ~select(newer.id).where(newer.sheet_id == Edition.sheet_id, newer.number > Edition.number).exists()
    rows = session.execute(
        select(Campaign.client_id, func.count())
        .select_from(Edition)
        .join(ScoreSheet, Edition.sheet_id == ScoreSheet.id)
        .join(Wave, ScoreSheet.wave_id == Wave.id)
        .join(Campaign, Wave.campaign_id == Campaign.id)
        .join(Bonus, (Bonus.wave_id == Wave.id) & (Bonus.number == Edition.number))
        .outerjoin(Approval, Approval.edition_id == Edition.id)
        .where(
            Campaign.client_id.in_(client_ids),
            Bonus.amount != 0,
            Approval.id.is_(None),
            is_newest,
            Wave.closed_at <= now - timedelta(days=CONTEST_DAYS),
        )
        .group_by(Campaign.client_id)
    )
    return dict(iter(rows))
