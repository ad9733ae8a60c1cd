"""What an indicator is: its names, its measure, its formula and the counts that the formula needs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Named:
    """A key with its name in both languages: a count, or a test that evidence must pass."""

    key: str
    label_fr: str
    label_en: str

    def label(self, language: str) -> str:
        return self.label_fr if language == "fr" else self.label_en


@dataclass(frozen=True)
class Companion(Named):
    """A ratio shown beside the mark and never in it: restored within four hours, within the agreed rounds."""

    expression: str
    counts: tuple[Named, ...]


@dataclass(frozen=True)
class Parameter(Named):
    """What the trade paper leaves for the parties to write, with a usual wording to start from."""

    default_fr: str
    default_en: str

    def default(self, language: str) -> str:
        return self.default_fr if language == "fr" else self.default_en


@dataclass(frozen=True)
class EvidenceRule:
    """What a contractual line asks beside its document: a review, a test passed, a figure kept to."""

    needs_test: bool = False
    limit: Decimal | None = None
    limit_unit_fr: str = ""
    limit_unit_en: str = ""
    review_months: int = 12


@dataclass(frozen=True)
class Indicator:
    """One line of a catalogue; `measure` is "unspecified" where the paper prints none."""

    key: str
    theme: str
    reference: str
    label_fr: str
    label_en: str
    measure: str
    occasion: str
    obligor: str
    unit: str
    direction: str
    formula: str
    printed_target: Decimal | None
    note: str
    purpose_fr: str = ""
    purpose_en: str = ""
    expression: str = ""
    counts: tuple[Named, ...] = ()
    companions: tuple[Companion, ...] = ()
    annexes: tuple[Named, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    conversion: tuple[tuple[str, str], ...] = ()
    evidence: EvidenceRule = field(default_factory=EvidenceRule)

    def label(self, language: str) -> str:
        return self.label_fr if language == "fr" else self.label_en

    def purpose(self, language: str) -> str:
        return self.purpose_fr if language == "fr" else self.purpose_en

    @property
    def is_specified(self) -> bool:
        return self.measure != "unspecified"

    def snapshot(self) -> dict[str, Any]:
        """Return what an agreement keeps of it, so that a later catalogue changes nothing signed."""
        kept = asdict(self)
        for name in (
            "key",
            "measure",
            "occasion",
            "obligor",
            "direction",
            "note",
            "parameters",
            "conversion",
        ):
            del kept[name]
        kept["printed_measure"] = self.measure
        kept["printed_target"] = None if self.printed_target is None else str(self.printed_target)
        kept["evidence"]["limit"] = None if self.evidence.limit is None else str(self.evidence.limit)
        return kept


def read_named(rows: list[Mapping[str, Any]]) -> tuple[Named, ...]:
    return tuple(Named(str(row["key"]), str(row["fr"]), str(row["en"])) for row in rows)
