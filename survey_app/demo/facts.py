"""The facts of the period and the document on file: entered by one person, validated by another."""

from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.agreements.models import Agreement
from survey_app.agreements.vocabulary import Frequency
from survey_app.clock import local_day
from survey_app.demo.cast import EVIDENCE_LINE, LEAD_EMAIL, LEAD_NAME, SECOND_EMAIL, SECOND_NAME, PlayedClient
from survey_app.measurements.periods import period_at
from survey_app.measurements.service import (
    record_document,
    record_measurement,
    record_test,
    validate_document,
    validate_measurement,
)

ENTERED_BY = f"{SECOND_NAME} <{SECOND_EMAIL}>"
VALIDATED_BY = f"{LEAD_NAME} <{LEAD_EMAIL}>"


def enter_facts(
    session: Session, agreement: Agreement, played: PlayedClient, index: int, first: date, now: datetime
) -> None:
    """Enter the month before the wave and have it validated."""
    period = period_at(first.replace(day=1) - timedelta(days=1), Frequency.MONTHLY)
    for key, counts in played.facts.items():
        exact = {name: Fraction(count) for name, count in counts[index].items()}
        row = record_measurement(session, agreement, key, period, exact, period.ends_on, ENTERED_BY, now)
        validate_measurement(session, row, VALIDATED_BY, now)


def file_evidence(session: Session, agreement: Agreement, now: datetime) -> None:
    """File the backup procedure with its last restore test."""
    today = local_day(now, agreement.client.time_zone)
    document = record_document(
        session,
        agreement,
        EVIDENCE_LINE,
        title="Procédure de sauvegarde et de restauration",
        owner=SECOND_NAME,
        owner_email=SECOND_EMAIL,
        reviewed_on=today - timedelta(days=20),
        expires_on=today + timedelta(days=345),
        note="",
        actor=ENTERED_BY,
        now=now,
    )
    record_test(
        session,
        document,
        tested_on=today - timedelta(days=12),
        is_passed=True,
        measured=Fraction(9),
        note="Restauration complète sur une machine neuve, sauvegarde de la veille.",
        actor=ENTERED_BY,
        now=now,
    )
    validate_document(session, document, VALIDATED_BY, now)
