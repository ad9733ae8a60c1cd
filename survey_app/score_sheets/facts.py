"""The facts and the evidence behind a sheet: counts as they were validated, files by their hash."""

from typing import Any

from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.measurements.models import EvidenceDocument, Measurement
from survey_app.measurements.queries import documents_of_wave, facts_of_wave


def describe_facts(session: Session, wave: Wave, keys: set[str]) -> list[dict[str, Any]]:
    """Return the validated counts that gave this wave its marks, line by line and period by period."""
    rows = [row for row in facts_of_wave(session, wave) if row.indicator_key in keys]
    return [_describe_fact(row) for row in sorted(rows, key=lambda row: (row.indicator_key, row.starts_on))]


def _describe_fact(row: Measurement) -> dict[str, Any]:
    return {
        "line": row.indicator_key,
        "period": row.period_key,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "counts": dict(sorted(row.counts.items())),
        "value": row.value,
        "validated_by": row.validated_by,
        "validated_at": row.validated_at,
        "files": sorted(file.sha256 for file in row.files),
    }


def describe_evidence(session: Session, wave: Wave, keys: set[str]) -> list[dict[str, Any]]:
    """Return the validated documents that the contract's lines rest on, with the hashes of their files."""
    documents = documents_of_wave(session, wave)
    return [_describe_document(documents[key]) for key in sorted(documents) if key in keys]


def _describe_document(document: EvidenceDocument) -> dict[str, Any]:
    return {
        "line": document.indicator_key,
        "title": document.title,
        "owner": document.owner,
        "reviewed_on": document.reviewed_on,
        "expires_on": document.expires_on,
        "validated_at": document.validated_at,
        "tests": [
            {"tested_on": test.tested_on, "is_passed": test.is_passed, "measured": test.measured}
            for test in document.tests
        ],
        "files": sorted(file.sha256 for file in document.files),
    }
