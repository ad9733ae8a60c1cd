"""Read facts and evidence, and the marks that they give to a wave or a period."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, selectinload

from survey_app.accounts.access import Viewer
from survey_app.agreements.drafting import EVIDENCE_LIMIT
from survey_app.agreements.models import Agreement, AgreementVersion, Commitment, Measure
from survey_app.agreements.queries import current_version, validated_version
from survey_app.audit.queries import entries_about
from survey_app.campaigns.models import Wave, WaveState
from survey_app.errors import N_, NotFound
from survey_app.measurements.models import EvidenceDocument, EvidenceFile, Measurement
from survey_app.measurements.rules import DocumentState, LastTest, Period, mark_of, mean_counts
from survey_app.tables.rules import read_quantity

Marks = dict[str, Fraction | None]


def read_counts(measurement: Measurement) -> dict[str, Fraction]:
    return {key: Fraction(value) for key, value in measurement.counts.items()}


def current_measurements(session: Session, agreement_id: int) -> Sequence[Measurement]:
    """Return the facts of an agreement that no correction replaced, by period."""
    return session.scalars(
        select(Measurement)
        .where(Measurement.agreement_id == agreement_id, Measurement.replaced_at.is_(None))
        .options(selectinload(Measurement.files))
        .order_by(Measurement.ends_on, Measurement.id)
    ).all()


def current_documents(session: Session, agreement_id: int) -> dict[str, EvidenceDocument]:
    rows = session.scalars(_documents(agreement_id).where(EvidenceDocument.replaced_at.is_(None)))
    return {row.indicator_key: row for row in rows}


def _documents(agreement_id: int) -> Select[EvidenceDocument]:
    return (
        select(EvidenceDocument)
        .where(EvidenceDocument.agreement_id == agreement_id)
        .options(selectinload(EvidenceDocument.tests), selectinload(EvidenceDocument.files))
    )


def documents_of_wave(session: Session, wave: Wave) -> dict[str, EvidenceDocument]:
    """Return the validated documents as they stood at the wave's close, or as they stand while it is open."""
    if wave.agreement_version is None:
        return {}
    agreement_id, at = wave.agreement_version.agreement_id, wave.closed_at
    if at is None:
        found = current_documents(session, agreement_id)
        return {key: row for key, row in found.items() if row.validated_at is not None}
    rows = session.scalars(_documents(agreement_id).where(_is_not_replaced(EvidenceDocument, at)))
    return {row.indicator_key: row for row in rows if _was_validated(session, row, at)}


def _was_validated(session: Session, document: EvidenceDocument, at: datetime) -> bool:
    """Tell whether a document was validated at an instant: a later test takes its validation away, the log keeps it."""
    if document.validated_at is not None and document.validated_at <= at:
        return True
    told = [entry for entry in entries_about(session, document.__tablename__, document.id) if entry.at <= at]
    steps = [entry.action for entry in sorted(told, key=lambda entry: entry.id) if entry.action in _STEPS]
    return bool(steps) and steps[-1] == "document_validated"


_STEPS = ("document_validated", "evidence_tested")


def _is_not_replaced(rows: type[Measurement | EvidenceDocument], at: datetime) -> ColumnElement[bool]:
    return rows.replaced_at.is_(None) | (rows.replaced_at > at)


def find_measurement(session: Session, agreement_id: int, indicator_key: str, period_key: str) -> Measurement | None:
    return session.scalar(
        select(Measurement).where(
            Measurement.agreement_id == agreement_id,
            Measurement.indicator_key == indicator_key,
            Measurement.period_key == period_key,
            Measurement.replaced_at.is_(None),
        )
    )


def measured_version(session: Session, agreement: Agreement) -> AgreementVersion:
    """Return the version whose lines are counted: the one in force, else the one under way."""
    return validated_version(session, agreement) or current_version(session, agreement)


def get_measurement(session: Session, viewer: Viewer, measurement_id: int) -> Measurement:
    found = session.get(Measurement, measurement_id)
    if found is None or not viewer.sees_client(found.agreement.client_id):
        raise NotFound(N_("There is no such fact. Choose one from the agreement's facts."))
    return found


def get_document(session: Session, viewer: Viewer, document_id: int) -> EvidenceDocument:
    found = session.get(EvidenceDocument, document_id)
    if found is None or not viewer.sees_client(found.agreement.client_id):
        raise NotFound(N_("There is no such document. Choose one from the agreement's evidence."))
    return found


def owner_of(file: EvidenceFile) -> Measurement | EvidenceDocument:
    """Return what a file proves."""
    found = file.measurement or file.document
    if found is None:
        raise NotFound(N_("This file proves nothing any more."))
    return found


def get_file(session: Session, file_id: int) -> EvidenceFile:
    found = session.get(EvidenceFile, file_id)
    if found is None:
        raise NotFound(N_("There is no such file."))
    return found


def marks_for_wave(session: Session, wave: Wave) -> Marks:
    """Return what facts and evidence say of each such line of the wave's agreement version.

    A period counts for the first wave that ends after the period's middle; None is "not measurable".
    """
    version = wave.agreement_version
    if version is None:
        return {}
    counted: dict[str, list[Mapping[str, Fraction]]] = defaultdict(list)
    for row in facts_of_wave(session, wave):
        counted[row.indicator_key].append(read_counts(row))
    return _marks(version, documents_of_wave(session, wave), counted, wave.ends_on, wave.closed_at)


def facts_of_wave(session: Session, wave: Wave) -> list[Measurement]:
    """Return the validated facts whose period counts for this wave, as they stood at its close."""
    if wave.agreement_version is None:
        return []
    after = _previous_end(session, wave)
    rows = session.scalars(
        select(Measurement)
        .where(
            Measurement.agreement_id == wave.agreement_version.agreement_id,
            *_validated_then(wave.closed_at),
        )
        .options(selectinload(Measurement.files))
        .order_by(Measurement.ends_on, Measurement.id)
    )
    return [row for row in rows if _counts_for(Period(row.period_key, row.starts_on, row.ends_on), wave, after)]


def _validated_then(at: datetime | None) -> tuple[ColumnElement[bool], ...]:
    """Keep what was validated and not yet replaced: a correction after a close leaves what was closed alone."""
    if at is None:
        return Measurement.validated_at.is_not(None), Measurement.replaced_at.is_(None)
    return Measurement.validated_at <= at, _is_not_replaced(Measurement, at)


def _counts_for(period: Period, wave: Wave, after: date | None) -> bool:
    return period.middle <= wave.ends_on and (after is None or period.middle > after)


def _previous_end(session: Session, wave: Wave) -> date | None:
    return session.scalar(
        select(Wave.ends_on)
        .where(Wave.campaign_id == wave.campaign_id, Wave.number < wave.number, Wave.state == WaveState.CLOSED)
        .order_by(Wave.number.desc())
        .limit(1)
    )


def _marks(
    version: AgreementVersion,
    documents: Mapping[str, EvidenceDocument],
    counted: Mapping[str, list[Mapping[str, Fraction]]],
    on: date,
    known_at: datetime | None = None,
) -> Marks:
    return {
        line.indicator_key: mark_of(
            line,
            evidence_limit(line),
            document_state(documents.get(line.indicator_key), on, known_at),
            mean_counts(counted.get(line.indicator_key, [])),
            on,
        )
        for line in version.commitments
        if line.measure is not Measure.SURVEY
    }


def evidence_limit(line: Commitment) -> Fraction | None:
    text = line.parameters.get(EVIDENCE_LIMIT, "")
    return read_quantity(text) if text else None


def document_state(
    document: EvidenceDocument | None, on: date, known_at: datetime | None = None
) -> DocumentState | None:
    """Return a document as it stood that day; one that nobody checked says nothing.

    With `known_at` it is one of those validated at that instant, and tests entered later are left out.
    """
    if document is None or (known_at is None and document.validated_at is None):
        return None
    entered = [test for test in document.tests if known_at is None or test.entered_at <= known_at]
    done = [test for test in entered if test.tested_on <= on]
    last = LastTest(done[-1].tested_on, done[-1].is_passed, done[-1].measured) if done else None
    return DocumentState(document.reviewed_on, document.expires_on, last)


def lines_with_facts(version: AgreementVersion) -> list[Commitment]:
    """Return the lines that ask for counts, the main ones or companions."""
    return [
        line
        for line in version.commitments
        if (line.measure is not Measure.SURVEY and line.definition.get("expression"))
        or line.definition.get("companions")
        or line.definition.get("annexes")
    ]
