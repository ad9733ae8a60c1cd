"""Compute the bonus of a wave, once for each edition of its result."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from survey_app.audit.service import record
from survey_app.bonuses.models import Bonus
from survey_app.bonuses.queries import carried_over, current_bonus, measured_subjects
from survey_app.bonuses.rules import settle
from survey_app.bonuses.scheme import read_scheme
from survey_app.bonuses.simulating import what_would_change
from survey_app.bonuses.tracing import trace_payment
from survey_app.campaigns.models import Wave
from survey_app.campaigns.queries import is_baseline
from survey_app.scores.models import Score


def compute_bonus(
    session: Session,
    wave: Wave,
    scores: Sequence[Score],
    actor: str,
    now: datetime,
    set_aside: Collection[str] = (),
) -> Bonus | None:
    """Work out and keep what the wave pays; a line that both parties set aside counts as not measurable."""
    version = wave.agreement_version
    if version is None or version.bonus_scheme is None:
        return None
    measured = [
        replace(one, score=None, state="not_measurable") if one.key in set_aside else one
        for one in measured_subjects(version, scores)
    ]
    is_reference = is_baseline(session, wave)
    scheme, carried = read_scheme(version.bonus_scheme), carried_over(session, wave)
    payment = settle(scheme, measured, carried, is_baseline=is_reference)
    changes = [] if is_reference else what_would_change(scheme, measured, payment, carried)
    earlier = current_bonus(session, wave)
    bonus = Bonus(
        wave_id=wave.id, number=earlier.number + 1 if earlier else 1, currency=payment.scheme.currency,
        amount=payment.amount, is_baseline=is_reference, trace=trace_payment(payment, changes),
    )
    session.add(bonus)
    session.flush()
    record(
        session, actor=actor, action="bonus_computed", subject_type="wave", subject_id=wave.id, now=now,
        details={"amount": str(bonus.amount), "currency": bonus.currency, "number": bonus.number},
    )
    return bonus
