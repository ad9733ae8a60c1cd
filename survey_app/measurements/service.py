"""Write facts and evidence: entered by one person, validated by a second, corrected by a new row."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.accounts.access import same_person
from survey_app.agreements.models import Agreement, Commitment, Measure
from survey_app.agreements.queries import find_line, lock_agreement
from survey_app.agreements.service import record_baselines
from survey_app.audit import service as audit
from survey_app.clock import local_day
from survey_app.errors import N_, Invalid, Refusal
from survey_app.measurements.models import EvidenceDocument, EvidenceTest, Measurement
from survey_app.measurements.queries import (
    current_documents,
    current_measurements,
    find_measurement,
    measured_version,
    read_counts,
)
from survey_app.measurements.reading import Gathered
from survey_app.measurements.rules import Period, check_parts, counts_asked, fact_mark, line_value
from survey_app.tables.reading import Problem, Understood


def measured_line(session: Session, agreement: Agreement, indicator_key: str) -> Commitment:
    """Return the line that a fact is about: of the version in force, else of the one under way."""
    version = measured_version(session, agreement)
    line = find_line(version, indicator_key)
    if line is None or not counts_asked(line):
        raise Invalid(N_("This agreement counts nothing for that line. Choose another one."), field="indicator")
    return line


def record_measurement(
    session: Session,
    agreement: Agreement,
    indicator_key: str,
    period: Period,
    counts: Mapping[str, Fraction],
    observed_on: date,
    actor: str,
    now: datetime,
    *,
    note: str = "",
    source: str = "form",
) -> Measurement:
    """Keep the counts of a line over a period; what stood there before stays in the history."""
    lock_agreement(session, agreement.id)
    line = measured_line(session, agreement, indicator_key)
    before = check_measurement(session, agreement, line, period, counts, observed_on, note)
    if before is not None:
        before.replaced_at = now
        session.flush()
    row = Measurement(
        agreement_id=agreement.id,
        indicator_key=indicator_key,
        period_key=period.key,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        observed_on=observed_on,
        counts={key: str(value) for key, value in counts.items()},
        value=line_value(line, counts),
        note=note,
        source=source,
        entered_by=actor,
        entered_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, row, "fact_entered", actor, now)
    return row


def check_measurement(
    session: Session,
    agreement: Agreement,
    line: Commitment,
    period: Period,
    counts: Mapping[str, Fraction],
    observed_on: date,
    note: str,
) -> Measurement | None:
    """Refuse what cannot be a fact of this line and period; return the fact that it would replace."""
    _check_counts(line, counts)
    check_parts(line, counts)
    _check_dates(session, agreement, line, period, observed_on)
    before = find_measurement(session, agreement.id, line.indicator_key, period.key)
    if before is not None and before.validated_at is not None and not note.strip():
        raise Invalid(N_("This fact is already validated. Write in the note why it is corrected."), field="note")
    return before


def _check_counts(line: Commitment, counts: Mapping[str, Fraction]) -> None:
    asked = {count.key: count for count in counts_asked(line)}
    for key in counts:
        if key not in asked:
            raise Invalid(N_("This line has no count named %(key)s."), field="counts", key=key)
    for key, count in asked.items():
        if count.is_required and key not in counts:
            raise Invalid(N_("Fill in this count; write 0 where there was none."), field=f"count_{key}")
    if not counts:
        raise Invalid(N_("Fill in at least one count."), field="counts")


def _check_dates(session: Session, agreement: Agreement, line: Commitment, period: Period, observed_on: date) -> None:
    version = line.version
    if not period.overlaps(version.starts_on, version.ends_on):
        raise Invalid(N_("This period lies outside the agreement's dates. Choose one inside."), field="period")
    if not period.holds(observed_on):
        raise Invalid(
            N_("The date of the count lies outside its period: from %(start)s to %(end)s."),
            field="observed_on",
            start=period.starts_on,
            end=period.ends_on,
        )
    for other in current_measurements(session, agreement.id):
        is_other = other.indicator_key == line.indicator_key and other.period_key != period.key
        if is_other and period.overlaps(other.starts_on, other.ends_on):
            raise Invalid(
                N_(
                    "This line is already counted over a period that overlaps this one (%(period)s). "
                    "Count each day once."
                ),
                field="period",
                period=Period(other.period_key, other.starts_on, other.ends_on),
            )


def check_facts(session: Session, period: Period, found: Understood[Gathered], now: datetime) -> Understood[Gathered]:
    """Add all that keeps a table's facts from being entered; a line with a wrong row is told once."""
    problems = list(found.problems)
    for each in found.rows:
        if each.is_spoiled:
            continue
        agreement, day = each.line.version.agreement, each.day_in(period, now)
        try:
            check_measurement(session, agreement, each.line, period, each.counts, day, each.note)
        except Invalid as refusal:
            problems.append(Problem(each.first_row, "", refusal.message, refusal.values))
    return replace(found, problems=sorted(problems, key=lambda problem: problem.line))


def import_facts(
    session: Session, period: Period, facts: Iterable[Gathered], actor: str, now: datetime, source: str
) -> list[Measurement]:
    """Enter the facts of a period from a table; the caller's transaction takes all of them or none."""
    return [
        record_measurement(
            session,
            each.line.version.agreement,
            each.line.indicator_key,
            period,
            each.counts,
            each.day_in(period, now),
            actor,
            now,
            note=each.note,
            source=source,
        )
        for each in facts
    ]


def validate_measurement(session: Session, row: Measurement, actor: str, now: datetime) -> Measurement:
    """Confirm a fact: a second person saw the evidence. The first one of a factual line is its baseline."""
    _validate(row, actor, now)
    session.flush()
    line = measured_line(session, row.agreement, row.indicator_key)
    if line.measure is Measure.FACTUAL:
        mark = fact_mark(line, read_counts(row))
        record_baselines(session, row.agreement, {row.indicator_key: mark}, row.ends_on, now)
    _note(session, row, "fact_validated", actor, now)
    return row


def _validate(row: Measurement | EvidenceDocument, actor: str, now: datetime) -> None:
    if row.replaced_at is not None:
        raise Refusal(N_("A correction has replaced this. Validate the correction."))
    if row.validated_at is not None:
        raise Refusal(N_("This is already validated."))
    if same_person(row.entered_by, actor):
        raise Refusal(N_("You entered this: a second person validates it."))
    row.validated_by, row.validated_at = actor, now


def record_document(
    session: Session,
    agreement: Agreement,
    indicator_key: str,
    *,
    title: str,
    owner: str,
    owner_email: str,
    reviewed_on: date,
    expires_on: date | None,
    note: str,
    actor: str,
    now: datetime,
) -> EvidenceDocument:
    """Keep the document of a contractual line; an earlier one stays in the history."""
    lock_agreement(session, agreement.id)
    version = measured_version(session, agreement)
    line = find_line(version, indicator_key)
    if line is None or line.measure is not Measure.CONTRACTUAL:
        raise Invalid(N_("This agreement asks no document for that line."), field="indicator")
    _check_document_dates(reviewed_on, expires_on, local_day(now, agreement.client.time_zone))
    before = current_documents(session, agreement.id).get(indicator_key)
    if before is not None:
        before.replaced_at = now
        session.flush()
    row = EvidenceDocument(
        agreement_id=agreement.id,
        indicator_key=indicator_key,
        title=title,
        owner=owner,
        owner_email=owner_email,
        reviewed_on=reviewed_on,
        expires_on=expires_on,
        note=note,
        entered_by=actor,
        entered_at=now,
    )
    session.add(row)
    session.flush()
    if before is not None:
        for test in list(before.tests):
            test.document = row
        session.flush()
    _note(session, row, "document_filed", actor, now)
    return row


def _check_document_dates(reviewed_on: date, expires_on: date | None, today: date) -> None:
    if reviewed_on > today:
        raise Invalid(N_("The review lies in the future. Write when it was last reviewed."), field="reviewed_on")
    if expires_on is not None and expires_on < reviewed_on:
        raise Invalid(N_("The document expires before its review. Choose a later date."), field="expires_on")


def validate_document(session: Session, row: EvidenceDocument, actor: str, now: datetime) -> EvidenceDocument:
    """Confirm a document with its tests: a second person saw them."""
    _validate(row, actor, now)
    session.flush()
    _note(session, row, "document_validated", actor, now)
    return row


def record_test(
    session: Session,
    document: EvidenceDocument,
    *,
    tested_on: date,
    is_passed: bool,
    measured: Fraction | None,
    note: str,
    actor: str,
    now: datetime,
) -> EvidenceTest:
    """Keep a test; the document waits again for a second person, who did not see this one yet."""
    if tested_on > local_day(now, document.agreement.client.time_zone):
        raise Invalid(N_("A test cannot lie in the future."), field="tested_on")
    row = EvidenceTest(
        document=document,
        tested_on=tested_on,
        is_passed=is_passed,
        measured=measured,
        note=note,
        entered_by=actor,
        entered_at=now,
    )
    session.add(row)
    document.entered_by, document.entered_at = actor, now
    document.validated_by = document.validated_at = None
    session.flush()
    _note(session, document, "evidence_tested", actor, now)
    return row


def _note(session: Session, row: Measurement | EvidenceDocument, action: str, actor: str, now: datetime) -> None:
    audit.note(session, row, action, actor, now, indicator=row.indicator_key)
