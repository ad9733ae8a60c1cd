"""Read bonuses, and what the agreement and the scores say of them."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion, Obligor
from survey_app.bonuses.models import Bonus
from survey_app.bonuses.rules import Measured
from survey_app.campaigns.models import Campaign, Wave, WaveState
from survey_app.catalogue.content import Catalogue
from survey_app.scores.models import Score, ScoreLevel
from survey_app.scores.queries import wave_scores


def current_bonus(session: Session, wave: Wave) -> Bonus | None:
    """Return the bonus as the latest edition has it."""
    return session.scalar(select(Bonus).where(Bonus.wave_id == wave.id).order_by(Bonus.number.desc()).limit(1))


def carried_over(session: Session, wave: Wave) -> Mapping[str, Fraction]:
    """Return what the last bonus of the same agreement set aside for lines that could not be measured."""
    return _set_aside(session, wave.campaign.agreement_id, Wave.id != wave.id, Wave.launched_at <= wave.launched_at)


def carried_to_next(session: Session, version: AgreementVersion) -> Mapping[str, Fraction]:
    """Return what the agreement's next measure has at stake beside its own base."""
    return _set_aside(session, version.agreement_id)


def _set_aside(session: Session, agreement_id: int | None, *conditions: ColumnElement[bool]) -> Mapping[str, Fraction]:
    last = session.scalar(
        select(Bonus)
        .join(Wave, Bonus.wave_id == Wave.id)
        .join(Campaign, Wave.campaign_id == Campaign.id)
        .where(Campaign.agreement_id == agreement_id, *conditions)
        .order_by(Wave.launched_at.desc(), Wave.id.desc(), Bonus.number.desc())
        .limit(1)
    )
    kept = last.trace.get("carried_over", {}) if last else {}
    return {str(key): Fraction(value) for key, value in kept.items()}


def measured_subjects(version: AgreementVersion, scores: Sequence[Score]) -> list[Measured]:
    """Return the agency's lines, themes and whole as the bonus sees them; internal lines are no part of it."""
    by_key = {score.subject_key: score for score in scores if score.level is ScoreLevel.INDICATOR}
    lines = [
        Measured(
            key=line.indicator_key,
            level="indicator",
            weight=line.weight,
            threshold=line.threshold,
            target=line.target,
            is_paying=line.is_paying,
            score=by_key[line.indicator_key].exact if line.indicator_key in by_key else None,
            state=by_key[line.indicator_key].state if line.indicator_key in by_key else None,
        )
        for line in version.commitments
        if not line.is_internal
    ]
    means = [
        Measured(key=score.subject_key, level=score.level.value, weight=score.weight, score=score.exact)
        for score in scores
        if score.level is not ScoreLevel.INDICATOR and score.obligor is Obligor.AGENCY
    ]
    return [*lines, *means]


def last_scores(session: Session, version: AgreementVersion) -> Sequence[Score]:
    """Return the scores of the last closed wave under this agreement, or none before the first."""
    last = session.scalar(
        select(Wave)
        .join(Campaign, Wave.campaign_id == Campaign.id)
        .where(Campaign.agreement_id == version.agreement_id, Wave.state == WaveState.CLOSED)
        .order_by(Wave.closed_at.desc(), Wave.id.desc())
        .limit(1)
    )
    return [] if last is None else wave_scores(session, last)


def line_labels(version: AgreementVersion, catalogue: Catalogue, language: str) -> dict[str, str]:
    """Name the lines that both parties see."""
    return {
        line.indicator_key: str(
            line.definition.get(f"label_{language}") or catalogue.label(line.indicator_key, language)
        )
        for line in version.commitments
        if not line.is_internal
    }
