"""The agreement in canonical form: what both parties sign, and its hash."""

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any

from survey_app.agreements.models import AgreementVersion, Commitment

FORMAT = "agreement/1"


def plain_decimal(value: Decimal | None) -> str | None:
    """Write a decimal in one way only: 7, not 7.000."""
    return None if value is None else format(value.normalize(), "f")


def _plain_day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def line_content(line: Commitment) -> dict[str, Any]:
    """Return everything that one line binds the parties to."""
    return {
        "indicator_key": line.indicator_key,
        "definition": line.definition,
        "obligor": line.obligor.value,
        "measure": line.measure.value,
        "direction": line.direction.value,
        "frequency": line.frequency.value,
        "objective": line.objective,
        "objective_on": _plain_day(line.objective_on),
        "threshold": plain_decimal(line.threshold),
        "target": plain_decimal(line.target),
        "weight": plain_decimal(line.weight),
        "survey_share": plain_decimal(line.survey_share),
        "conversion": line.conversion,
        "parameters": line.parameters,
        "written_measure": line.written_measure,
        "accountable": line.accountable,
        "sanction_acceptance": line.sanction_acceptance,
        "is_paying": line.is_paying,
    }


def canonical_content(version: AgreementVersion) -> dict[str, Any]:
    """Return what the two parties share; the agency's internal lines are no part of it."""
    agreement = version.agreement
    return {
        "format": FORMAT,
        "title": agreement.title,
        "agency": agreement.client.agency.name,
        "client": agreement.client.name,
        "number": version.number,
        "starts_on": version.starts_on.isoformat(),
        "ends_on": version.ends_on.isoformat(),
        "rounding_digits": version.rounding_digits,
        "bonus_scheme": version.bonus_scheme,
        "role_shares": version.role_shares,
        "lines": [line_content(line) for line in version.commitments if not line.is_internal],
    }


def canonical_json(content: dict[str, Any]) -> str:
    """Write content in the one form that is hashed: sorted keys, no spaces, decimals as strings."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def content_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def is_intact(version: AgreementVersion) -> bool:
    """Tell whether a frozen version and its lines still are what both parties validated."""
    if version.frozen_content is None or content_hash(version.frozen_content) != version.content_hash:
        return False
    frozen = json.loads(version.frozen_content)
    current = json.loads(canonical_json(canonical_content(version)))
    # A party may change its name later; what binds it is the rest.
    named = {"agency", "client"}
    return {k: v for k, v in frozen.items() if k not in named} == {k: v for k, v in current.items() if k not in named}
