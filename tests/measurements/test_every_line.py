"""Every one of the 45 lines of the catalogue, measured once, by its own kind."""

from datetime import date
from fractions import Fraction

import pytest
from sqlalchemy.orm import Session

from survey_app.agreements.drafting import Terms
from survey_app.agreements.models import AgreementVersion, Commitment, Measure
from survey_app.agreements.rules import read_conversion
from survey_app.agreements.service import add_commitment, validate_version
from survey_app.campaigns.models import Campaign, CampaignKind, PrivacyMode, Wave, WaveState
from survey_app.catalogue.content import Indicator, load_catalogue
from survey_app.clock import SettableClock
from survey_app.measurements.queries import marks_for_wave
from survey_app.measurements.rules import parse_period
from survey_app.measurements.service import (
    record_document,
    record_measurement,
    record_test,
    validate_document,
    validate_measurement,
)
from survey_app.scores.rules import Asked, Line, RespondentMarks, score_lines
from tests.measurements.conftest import ENTERED, VALIDATED

CATALOGUE = load_catalogue()
PERIOD = parse_period("2026-H1")
ASKED_FOR_MARKS = (Fraction(9), Fraction(8), Fraction(10))


def terms_of(indicator: Indicator) -> Terms:
    if indicator.is_specified:
        return Terms()
    return Terms(measure=Measure.FACTUAL, written_measure="Compté par l'agence, vérifié par le client.")


@pytest.fixture
def version(session: Session, draft: AgreementVersion, clock: SettableClock) -> AgreementVersion:
    """An agreement with all 45 lines, in force."""
    for indicator in CATALOGUE.values():
        add_commitment(session, draft, indicator, **terms_of(indicator))
    return validate_version(session, draft, "Camille Laurent", "Hélène Dupont", VALIDATED, clock.now())


@pytest.fixture
def wave(session: Session, version: AgreementVersion, clock: SettableClock) -> Wave:
    campaign = Campaign(
        client_id=version.agreement.client_id,
        agreement_id=version.agreement_id,
        title="Bilan",
        kind=CampaignKind.BAROMETER,
        questionnaire_key="annual_review",
        mode=PrivacyMode.NAMED,
        created_at=clock.now(),
    )
    wave = Wave(
        campaign=campaign,
        number=1,
        title="Juin",
        state=WaveState.OPEN,
        starts_on=date(2026, 6, 1),
        ends_on=date(2026, 6, 15),
        ends_at=clock.now(),
        launched_at=clock.now(),
        definition={},
        agreement_version_id=version.id,
        agreement_version=version,
        created_at=clock.now(),
    )
    session.add(wave)
    session.flush()
    return wave


def count_facts(session: Session, version: AgreementVersion, clock: SettableClock) -> dict[str, Fraction]:
    """Count every line that counts, and return the value that each formula should give, worked out by hand."""
    expected: dict[str, Fraction] = {}
    for line in version.commitments:
        keys = [count["key"] for count in line.definition["counts"]]
        if not keys:
            continue
        counts = {key: Fraction(number) for key, number in zip(keys, (9, 10, 2), strict=False)}
        row = record_measurement(
            session,
            version.agreement,
            line.indicator_key,
            PERIOD,
            counts,
            date(2026, 6, 30),
            ENTERED,
            clock.now(),
        )
        validate_measurement(session, row, VALIDATED, clock.now())
        assert row.value is not None
        expected[line.indicator_key] = row.value
    return expected


def file_documents(session: Session, version: AgreementVersion, clock: SettableClock) -> None:
    for line in version.commitments:
        if line.measure is not Measure.CONTRACTUAL:
            continue
        document = record_document(
            session,
            version.agreement,
            line.indicator_key,
            title="Annexe",
            owner="Léa Bernard",
            owner_email="",
            reviewed_on=date(2026, 2, 1),
            expires_on=date(2027, 2, 1),
            note="",
            actor=ENTERED,
            now=clock.now(),
        )
        if line.definition["evidence"]["needs_test"]:
            record_test(
                session,
                document,
                tested_on=date(2026, 2, 15),
                is_passed=True,
                measured=Fraction(3),
                note="",
                actor=ENTERED,
                now=clock.now(),
            )
        validate_document(session, document, VALIDATED, clock.now())


RATIO_OF_9_IN_10 = Fraction(90)
BY_HAND = {
    "service_tool_availability": Fraction(10),
    "quality_deliverable_conformity": Fraction(10),
    "quality_client_process_compliance": Fraction(10),
    "finance_improvement_proposals": Fraction(9),
    "finance_technical_recommendations": Fraction(9),
    "finance_cost_time_optimisation": Fraction(900, 19),
    "time_revision_rounds": Fraction(9, 20),
    "csr_co2_reduction": Fraction(-100, 9),
}


def test_each_of_the_45_lines_is_measured_by_its_own_kind(
    session: Session, version: AgreementVersion, wave: Wave, clock: SettableClock
) -> None:
    values = count_facts(session, version, clock)
    assert values == {key: BY_HAND.get(key, RATIO_OF_9_IN_10) for key in values}
    file_documents(session, version, clock)
    marks = marks_for_wave(session, wave)
    scored = {score.line.indicator_key: score for score in score_lines(*everything(version, marks))}
    assert len(scored) == 45
    assert {key for key, score in scored.items() if score.exact is None} == set()
    by_measure = {measure: [s for s in scored.values() if s.line.measure == measure] for measure in Measure}
    assert {measure.value: len(lines) for measure, lines in by_measure.items()} == {
        "survey": 11,
        "factual": 24,
        "mixed": 1,
        "contractual": 9,
    }
    assert all(score.exact == 9 for score in by_measure[Measure.SURVEY])
    (mixed,) = by_measure[Measure.MIXED]
    assert mixed.exact == (9 + Fraction(7)) / 2
    for line in version.commitments:
        if line.measure is Measure.FACTUAL:
            table = read_conversion(line.conversion or [], line.direction)
            assert scored[line.indicator_key].exact == table.mark(values[line.indicator_key])
    assert scored["security_backup"].exact == 10
    assert scored["finance_additional_quotes"].exact == 7


def everything(
    version: AgreementVersion, marks: dict[str, Fraction | None]
) -> tuple[list[Line], dict[str, list[RespondentMarks]], dict[str, int], Asked, dict[str, Fraction | None]]:
    """Ask three people one question on every line that is asked."""
    lines = [
        Line(
            line.indicator_key,
            line.definition["theme"],
            line.obligor.value,
            line.measure.value,
            line.threshold,
            line.weight,
            line.is_internal,
            Fraction(line.survey_share or 1),
        )
        for line in version.commitments
    ]
    asked = [line.indicator_key for line in lines_asked(version)]
    said = {key: [RespondentMarks(mark, 1, 0) for mark in ASKED_FOR_MARKS] for key in asked}
    return lines, said, dict.fromkeys(asked, 1), Asked(3), marks


def lines_asked(version: AgreementVersion) -> list[Commitment]:
    return [line for line in version.commitments if line.measure in {Measure.SURVEY, Measure.MIXED}]


def test_an_uncounted_line_is_not_measurable_rather_than_zero(
    session: Session, version: AgreementVersion, wave: Wave
) -> None:
    marks = marks_for_wave(session, wave)
    assert len(marks) == 34
    assert set(marks.values()) == {None}
