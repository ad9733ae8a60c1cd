"""The facts and the evidence behind a sheet: counts as they were validated, files by their hash."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from survey_app.agreements.models import AgreementVersion, Commitment
from survey_app.campaigns.models import Wave
from survey_app.measurements.models import EvidenceDocument, Measurement
from survey_app.measurements.queries import documents_of_wave
from survey_app.measurements.rules import counts_asked


def describe_facts(rows: Sequence[Measurement], version: AgreementVersion) -> list[dict[str, Any]]:
    """Return the validated counts that gave this wave its marks, line by line and period by period."""
    lines = {line.indicator_key: line for line in version.commitments if not line.is_internal}
    ordered = sorted(rows, key=lambda row: (row.indicator_key, row.starts_on))
    return [_describe_fact(row, lines[row.indicator_key]) for row in ordered if row.indicator_key in lines]


def _describe_fact(row: Measurement, line: Commitment) -> dict[str, Any]:
    asked = {count.key: {"fr": count.label_fr, "en": count.label_en} for count in counts_asked(line)}
    return {
        "line": row.indicator_key,
        "period": row.period_key,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "counts": dict(sorted(row.counts.items())),
        "count_labels": {key: asked[key] for key in sorted(row.counts) if key in asked},
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
