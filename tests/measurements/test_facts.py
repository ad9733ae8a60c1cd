"""Facts: entered by one person, validated by a second, counted in one period and in one wave."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.agreements.models import Agreement
from survey_app.agreements.queries import baselines
from survey_app.campaigns.models import Campaign, CampaignKind, PrivacyMode, Wave, WaveState
from survey_app.clock import SettableClock
from survey_app.errors import Invalid, Refusal
from survey_app.measurements.mails import EXPIRING, remind_of_expiry
from survey_app.measurements.models import EvidenceDocument, Measurement
from survey_app.measurements.queries import marks_for_wave
from survey_app.measurements.rules import parse_period
from survey_app.measurements.service import (
    record_document,
    record_measurement,
    record_test,
    validate_document,
    validate_measurement,
)
from survey_app.outbox.models import OutgoingEmail
from tests.measurements.conftest import ENTERED, VALIDATED

H1 = parse_period("2026-H1")


def enter(
    session: Session,
    agreement: Agreement,
    clock: SettableClock,
    period: str = "2026-H1",
    on_time: int = 23,
    due: int = 25,
    **options: str,
) -> Measurement:
    found = parse_period(period)
    counts = {"deliveries_on_time": Fraction(on_time), "deliveries_due": Fraction(due)}
    return record_measurement(
        session, agreement, "time_delivery", found, counts, found.ends_on, ENTERED, clock.now(), **options
    )


def test_a_fact_counts_once_a_second_person_validated_it(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    wave = add_wave(session, agreement, 1, date(2026, 6, 30), WaveState.OPEN)
    row = enter(session, agreement, clock)
    assert marks_for_wave(session, wave)["time_delivery"] is None
    with pytest.raises(Refusal, match="a second person validates it"):
        validate_measurement(session, row, ENTERED, clock.now())
    renamed = "Somebody Else <" + ENTERED.rpartition("<")[2].upper()
    with pytest.raises(Refusal, match="a second person validates it"):
        validate_measurement(session, row, renamed, clock.now())
    validate_measurement(session, row, VALIDATED, clock.now())
    assert marks_for_wave(session, wave)["time_delivery"] == 7
    with pytest.raises(Refusal, match="already validated"):
        validate_measurement(session, row, VALIDATED, clock.now())


def test_the_first_validated_fact_is_the_baseline_and_stays_it(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    for period, on_time in (("2026-Q1", 23), ("2026-Q2", 25)):
        row = enter(session, agreement, clock, period, on_time)
        validate_measurement(session, row, VALIDATED, clock.now())
    assert baselines(session, agreement.id) == {"time_delivery": 7}


def test_a_correction_is_a_new_row_with_its_reason(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    first = enter(session, agreement, clock)
    validate_measurement(session, first, VALIDATED, clock.now())
    with pytest.raises(Invalid) as refusal:
        enter(session, agreement, clock, on_time=24)
    assert refusal.value.field == "note"
    second = enter(session, agreement, clock, on_time=24, note="Une livraison comptée deux fois.")
    assert first.replaced_at == clock.now()
    assert first.counts["deliveries_on_time"] == "23"
    assert second.validated_at is None


def test_periods_of_one_line_never_overlap(session: Session, agreement: Agreement, clock: SettableClock) -> None:
    enter(session, agreement, clock, "2026-H1")
    with pytest.raises(Invalid, match="overlaps") as refusal:
        enter(session, agreement, clock, "2026-Q2")
    assert refusal.value.field == "period"
    assert "(1st\u00a0half of 2026)" in str(refusal.value)
    enter(session, agreement, clock, "2026-Q3")


@pytest.mark.parametrize("period", ["2025-H2", "2027-Q1"])
def test_a_period_outside_the_agreement_is_refused(
    session: Session, agreement: Agreement, clock: SettableClock, period: str
) -> None:
    with pytest.raises(Invalid, match="outside the agreement"):
        enter(session, agreement, clock, period)


def test_a_fact_dated_outside_its_period_is_refused(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    counts = {"deliveries_on_time": Fraction(1), "deliveries_due": Fraction(1)}
    with pytest.raises(Invalid) as refusal:
        record_measurement(session, agreement, "time_delivery", H1, counts, date(2026, 7, 1), ENTERED, clock.now())
    assert refusal.value.field == "observed_on"


@pytest.mark.parametrize(
    ("counts", "field"),
    [
        ({"deliveries_due": 3}, "count_deliveries_on_time"),
        ({"steps": 3}, "counts"),
        ({}, "count_deliveries_on_time"),
    ],
)
def test_a_missing_or_unknown_count_is_refused_at_its_field(
    session: Session, agreement: Agreement, clock: SettableClock, counts: dict[str, int], field: str
) -> None:
    given = {key: Fraction(value) for key, value in counts.items()}
    with pytest.raises(Invalid) as refusal:
        record_measurement(session, agreement, "time_delivery", H1, given, H1.ends_on, ENTERED, clock.now())
    assert refusal.value.field == field


def test_a_line_that_the_agreement_does_not_have_is_refused(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    with pytest.raises(Invalid, match="counts nothing for that line"):
        record_measurement(session, agreement, "quality_creative", H1, {}, H1.ends_on, ENTERED, clock.now())


def add_wave(session: Session, agreement: Agreement, number: int, ends_on: date, state: WaveState) -> Wave:
    campaign = session.scalar(select(Campaign)) or Campaign(
        client_id=agreement.client_id,
        agreement_id=agreement.id,
        title="Baromètre",
        kind=CampaignKind.BAROMETER,
        questionnaire_key="barometer",
        mode=PrivacyMode.NAMED,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    session.add(campaign)
    session.flush()
    instant = datetime(ends_on.year, ends_on.month, ends_on.day, tzinfo=UTC)
    wave = Wave(
        campaign_id=campaign.id,
        number=number,
        title=f"Vague {number}",
        state=state,
        starts_on=ends_on,
        ends_on=ends_on,
        ends_at=instant,
        launched_at=instant,
        definition={},
        created_at=instant,
        agreement_version_id=agreement.versions[0].id,
        closed_at=instant if state is WaveState.CLOSED else None,
    )
    session.add(wave)
    session.flush()
    return wave


@pytest.mark.parametrize(
    ("first_ends", "second_ends"),
    [(date(2026, 6, 12), date(2026, 12, 11)), (date(2026, 7, 15), date(2027, 1, 15))],
)
def test_each_period_counts_in_one_wave_whether_it_closes_before_or_after_the_half_year(
    session: Session, agreement: Agreement, clock: SettableClock, first_ends: date, second_ends: date
) -> None:
    for period, on_time in (("2026-H1", 23), ("2026-H2", 25)):
        validate_measurement(session, enter(session, agreement, clock, period, on_time), VALIDATED, clock.now())
    first = add_wave(session, agreement, 1, first_ends, WaveState.CLOSED)
    second = add_wave(session, agreement, 2, second_ends, WaveState.OPEN)
    assert marks_for_wave(session, first)["time_delivery"] == 7
    assert marks_for_wave(session, second)["time_delivery"] == 10


def test_several_periods_of_one_wave_add_their_counts(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    for period, on_time, due in (("2026-Q1", 10, 10), ("2026-Q2", 82, 90)):
        row = enter(session, agreement, clock, period, on_time, due)
        validate_measurement(session, row, VALIDATED, clock.now())
    wave = add_wave(session, agreement, 1, date(2026, 7, 10), WaveState.OPEN)
    assert marks_for_wave(session, wave)["time_delivery"] == 7


def file_backup(session: Session, agreement: Agreement, clock: SettableClock) -> EvidenceDocument:
    return record_document(
        session,
        agreement,
        "security_backup",
        title="Procédure de sauvegarde",
        owner="Léa Bernard",
        owner_email="lea@agence.test",
        reviewed_on=date(2026, 2, 1),
        expires_on=date(2026, 6, 1),
        note="",
        actor=ENTERED,
        now=clock.now(),
    )


def test_a_new_test_waits_for_a_second_person_again(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    document = file_backup(session, agreement, clock)
    with pytest.raises(Refusal, match="a second person validates it"):
        validate_document(session, document, "Somebody Else <" + ENTERED.rpartition("<")[2], clock.now())
    validate_document(session, document, VALIDATED, clock.now())
    record_test(
        session,
        document,
        tested_on=date(2026, 2, 20),
        is_passed=True,
        measured=Fraction(20),
        note="",
        actor=ENTERED,
        now=clock.now(),
    )
    assert document.validated_at is None
    wave = add_wave(session, agreement, 1, date(2026, 3, 31), WaveState.OPEN)
    assert marks_for_wave(session, wave)["security_backup"] is None
    validate_document(session, document, VALIDATED, clock.now())
    assert marks_for_wave(session, wave)["security_backup"] == 10
    wave.ends_on = date(2026, 6, 30)
    assert marks_for_wave(session, wave)["security_backup"] == 0


def test_a_test_after_the_close_leaves_the_closed_wave_s_evidence_alone(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    document = file_backup(session, agreement, clock)
    validate_document(session, document, VALIDATED, clock.now())
    wave = add_wave(session, agreement, 1, date(2026, 3, 20), WaveState.CLOSED)
    assert wave.closed_at is not None
    assert marks_for_wave(session, wave)["security_backup"] == 5, "in force, never tested"
    clock.set(wave.closed_at + timedelta(days=1))
    record_test(
        session,
        document,
        tested_on=date(2026, 3, 19),
        is_passed=True,
        measured=Fraction(20),
        note="",
        actor=ENTERED,
        now=clock.now(),
    )
    assert marks_for_wave(session, wave)["security_backup"] == 5
    validate_document(session, document, VALIDATED, clock.now())
    assert marks_for_wave(session, wave)["security_backup"] == 5
    wave.closed_at = clock.now()
    assert marks_for_wave(session, wave)["security_backup"] == 10, "closed a day later, the test counts"


def test_its_owner_is_reminded_once_at_each_notice(
    session: Session, agreement: Agreement, clock: SettableClock
) -> None:
    file_backup(session, agreement, clock)

    def n_mails(day: date) -> int:
        now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
        for _ in range(2):
            remind_of_expiry(session, now)
        return len(session.scalars(select(OutgoingEmail).where(OutgoingEmail.kind == EXPIRING)).all())

    assert n_mails(date(2026, 3, 30)) == 0
    assert n_mails(date(2026, 4, 2)) == 1
    assert n_mails(date(2026, 4, 20)) == 1
    assert n_mails(date(2026, 5, 3)) == 2
    assert n_mails(date(2026, 5, 28)) == 3
