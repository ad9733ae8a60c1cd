"""Write a scheme into a draft agreement, and compute the bonus of a wave once for each edition of its result."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from survey_app.agreements.drafting import refuse_frozen
from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.queries import shared_lines
from survey_app.agreements.service import set_bonus_scheme
from survey_app.audit.service import record
from survey_app.bonuses.models import Bonus
from survey_app.bonuses.queries import carried_over, current_bonus, measured_subjects
from survey_app.bonuses.rules import check_subjects, settle, trace_payment, what_would_change
from survey_app.bonuses.scheme import read_scheme
from survey_app.campaigns.models import Wave
from survey_app.campaigns.queries import is_baseline
from survey_app.catalogue.content import THEMES
from survey_app.scores.models import Score


def write_scheme(
    session: Session, version: AgreementVersion, scheme: Mapping[str, Any], actor: str, now: datetime
) -> None:
    """Keep a scheme that can be read and that names only what the agreement holds."""
    read = read_scheme(scheme)
    lines = shared_lines(version)
    known = {line.indicator_key for line in lines} | {*THEMES, "overall"}
    check_subjects(read, known, {line.indicator_key for line in lines if line.is_paying})
    set_bonus_scheme(session, version, read.canonical(), actor, now)


def clear_scheme(session: Session, version: AgreementVersion, actor: str, now: datetime) -> None:
    """Let a draft pay nothing at all."""
    refuse_frozen(version)
    version.bonus_scheme = None
    session.flush()
    record(
        session,
        actor=actor,
        action="bonus_scheme_removed",
        subject_type="agreement",
        subject_id=version.agreement_id,
        now=now,
        details={"version": version.number},
    )


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
        wave_id=wave.id,
        number=earlier.number + 1 if earlier else 1,
        currency=payment.scheme.currency,
        amount=payment.amount,
        is_baseline=is_reference,
        trace=trace_payment(payment, changes),
    )
    session.add(bonus)
    session.flush()
    record(
        session,
        actor=actor,
        action="bonus_computed",
        subject_type="wave",
        subject_id=wave.id,
        now=now,
        details={"amount": str(bonus.amount), "currency": bonus.currency, "number": bonus.number},
    )
    return bonus
