"""The content of a version as both parties read and sign it, what two contents differ by, and lists to start from."""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from survey_app.agreements.models import AgreementVersion, Commitment

FORMAT = "agreement/1"
# In the order in which a reader wants them; the rest of a line is the indicator itself.
LINE_FIELDS = (
    "obligor",
    "measure",
    "threshold",
    "target",
    "weight",
    "objective",
    "objective_on",
    "frequency",
    "survey_share",
    "conversion",
    "parameters",
    "written_measure",
    "direction",
    "accountable",
    "sanction_acceptance",
    "is_paying",
    "definition",
)
VERSION_FIELDS = ("title", "starts_on", "ends_on", "rounding_digits", "bonus_scheme", "role_shares")


def plain_decimal(value: Decimal | None) -> str | None:
    """Write a decimal in one way only: 7, not 7.000."""
    return None if value is None else format(value.normalize(), "f")


def _plain(value: Any) -> Any:
    """Write a term as JSON holds it; an enumeration is a text already."""
    if isinstance(value, Decimal):
        return plain_decimal(value)
    return value.isoformat() if isinstance(value, date) else value


def line_content(line: Commitment) -> dict[str, Any]:
    """Return everything that one line binds the parties to."""
    return {name: _plain(getattr(line, name)) for name in ("indicator_key", *LINE_FIELDS)}


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


@dataclass(frozen=True)
class Change:
    """One term before and after; `line` is None for a term of the whole agreement."""

    field: str
    before: Any
    after: Any
    line: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Difference:
    """What two versions share no more."""

    added: tuple[Mapping[str, Any], ...]
    removed: tuple[Mapping[str, Any], ...]
    changes: tuple[Change, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.removed or self.changes)


def compare_contents(before: Mapping[str, Any], after: Mapping[str, Any]) -> Difference:
    """Compare two versions in canonical form."""
    old = {line["indicator_key"]: line for line in before["lines"]}
    new = {line["indicator_key"]: line for line in after["lines"]}
    changes = [
        Change(name, before.get(name), after.get(name))
        for name in VERSION_FIELDS
        if before.get(name) != after.get(name)
    ]
    for key, line in new.items():
        if key in old:
            changes += [
                Change(name, old[key][name], line[name], line) for name in LINE_FIELDS if old[key][name] != line[name]
            ]
    return Difference(
        tuple(line for key, line in new.items() if key not in old),
        tuple(line for key, line in old.items() if key not in new),
        tuple(changes),
    )


def content_of(version: AgreementVersion) -> dict[str, Any]:
    """Return what a version says: as it was frozen, or as the draft stands."""
    if version.frozen_content is None:
        return canonical_content(version)
    frozen: dict[str, Any] = json.loads(version.frozen_content)
    return frozen


STARTING_POINTS_FILE = Path(__file__).with_name("starting_points.toml")


@dataclass(frozen=True)
class StartingLine:
    """One line to start with; a measure is written where the catalogue prints none."""

    key: str
    measure: str = ""
    written_fr: str = ""
    written_en: str = ""


@dataclass(frozen=True)
class StartingPoint:
    key: str
    title_fr: str
    title_en: str
    description_fr: str
    description_en: str
    lines: tuple[StartingLine, ...]

    def title(self, language: str) -> str:
        return self.title_fr if language == "fr" else self.title_en

    def description(self, language: str) -> str:
        return self.description_fr if language == "fr" else self.description_en


@cache
def load_starting_points() -> Mapping[str, StartingPoint]:
    read = tomllib.loads(STARTING_POINTS_FILE.read_text(encoding="utf-8"))
    return {
        key: StartingPoint(
            key=key,
            lines=tuple(StartingLine(**line) for line in row.pop("lines")),
            **row,
        )
        for key, row in read.items()
    }
