"""Read the scores of earlier waves: the reference measure, the wave before, the course of each line."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.scores.models import Score, ScoreLevel


@dataclass(frozen=True)
class PastScore:
    """One score of one closed wave, as it was recorded."""

    wave_id: int
    campaign_id: int
    ends_on: date
    level: ScoreLevel
    subject_key: str
    obligor: str
    exact: Fraction | None
    low: Fraction | None
    high: Fraction | None
    n_respondents: int
    is_internal: bool


@dataclass(frozen=True)
class History:
    """The scores of an agreement's closed waves up to one of them, in the order in which they were launched."""

    scores: Sequence[PastScore]
    campaign_id: int

    def course(self, level: ScoreLevel, subject_key: str, party: str) -> list[PastScore]:
        """Return the score of each wave of the same campaign: the same questions, wave after wave."""
        return [
            score
            for score in self.scores
            if (score.level, score.subject_key, score.obligor) == (level, subject_key, party)
            and score.campaign_id == self.campaign_id
        ]

    def baseline(self, level: ScoreLevel, subject_key: str, party: str) -> PastScore | None:
        """Return the reference measure: the first wave of the agreement that measured it."""
        return next(
            (
                score
                for score in self.scores
                if (score.level, score.subject_key, score.obligor) == (level, subject_key, party)
                and score.exact is not None
            ),
            None,
        )


def read_history(session: Session, wave: Wave) -> History:
    """Return what the agreement's closed waves scored, this one last."""
    rows = session.execute(
        select(
            Wave.id,
            Wave.campaign_id,
            Wave.last_day.label("ends_on"),
            Score.level,
            Score.subject_key,
            Score.obligor,
            Score.exact,
            Score.low,
            Score.high,
            Score.n_respondents,
            Score.is_internal,
        )
        .join(Score, Score.wave_id == Wave.id)
        .join(Campaign, Campaign.id == Wave.campaign_id)
        .where(
            Campaign.agreement_id == wave.campaign.agreement_id,
            Wave.state == WaveState.CLOSED,
            Wave.launched_at <= wave.launched_at,
        )
        .order_by(Wave.launched_at, Wave.id, Score.id)
    ).all()
    scores = [
        PastScore(
            row.id,
            row.campaign_id,
            row.ends_on,
            row.level,
            row.subject_key,
            row.obligor.value,
            row.exact,
            None if row.low is None else Fraction(row.low),
            None if row.high is None else Fraction(row.high),
            row.n_respondents,
            row.is_internal,
        )
        for row in rows
    ]
    return History(scores, wave.campaign_id)


def least_respondents(history: History) -> dict[int, int]:
    """Return for each wave the fewest people behind any of its shared survey lines: what its means may tell."""
    found: dict[int, list[int]] = defaultdict(list)
    for score in history.scores:
        if score.level is ScoreLevel.INDICATOR and score.n_respondents and not score.is_internal:
            found[score.wave_id].append(score.n_respondents)
    return {wave_id: min(counts) for wave_id, counts in found.items()}


def earlier_waves(session: Session, wave: Wave) -> Sequence[Wave]:
    """Return the closed waves of the same campaign launched before this one, the last one first."""
    return session.scalars(
        select(Wave)
        .where(
            Wave.campaign_id == wave.campaign_id,
            Wave.state == WaveState.CLOSED,
            Wave.launched_at < wave.launched_at,
        )
        .order_by(Wave.launched_at.desc(), Wave.id.desc())
    ).all()
