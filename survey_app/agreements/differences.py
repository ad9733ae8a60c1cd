"""What an amendment changes, in the terms that people read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
