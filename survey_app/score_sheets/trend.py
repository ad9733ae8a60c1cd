"""What earlier waves of the same campaign gave: the trend of a sheet."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.agreements.models import Obligor
from survey_app.campaigns.models import Wave, WaveState
from survey_app.scores.models import Score, ScoreLevel

MOST_WAVES = 11


def earlier_results(session: Session, wave: Wave) -> list[dict[str, Any]]:
    """Return the closed waves before this one, oldest first, with their exact scores."""
    waves = session.scalars(
        select(Wave)
        .where(
            Wave.campaign_id == wave.campaign_id,
            Wave.state == WaveState.CLOSED,
            Wave.id != wave.id,
            Wave.launched_at < wave.launched_at,
        )
        .order_by(Wave.launched_at.desc(), Wave.id.desc())
        .limit(MOST_WAVES)
    ).all()
    return [_result(session, one) for one in reversed(waves)]


def _result(session: Session, wave: Wave) -> dict[str, Any]:
    scores = session.scalars(
        select(Score)
        .where(Score.wave_id == wave.id, Score.is_internal.is_(False))
        .where((Score.level == ScoreLevel.INDICATOR) | (Score.obligor == Obligor.AGENCY))
        .order_by(Score.id)
    ).all()
    return {
        "number": wave.number,
        "title": wave.title,
        "ends_on": wave.last_day,
        "overall": next((one.exact for one in scores if one.level is ScoreLevel.OVERALL), None),
        "themes": {one.subject_key: one.exact for one in scores if one.level is ScoreLevel.THEME},
        "lines": {one.subject_key: one.exact for one in scores if one.level is ScoreLevel.INDICATOR},
    }
