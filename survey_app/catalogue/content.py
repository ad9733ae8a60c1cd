"""The 45 indicators as data: the trade paper's references, its oddities kept, our own words."""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
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
        for name in ("key", "measure", "occasion", "obligor", "direction", "note", "parameters", "conversion"):
            del kept[name]
        kept["printed_measure"] = self.measure
        kept["printed_target"] = None if self.printed_target is None else str(self.printed_target)
        kept["evidence"]["limit"] = None if self.evidence.limit is None else str(self.evidence.limit)
        return kept


def read_named(rows: list[Mapping[str, Any]]) -> tuple[Named, ...]:
    return tuple(Named(str(row["key"]), str(row["fr"]), str(row["en"])) for row in rows)


CATALOGUE_FILE = Path(__file__).with_name("catalogue.csv")
DETAILS_DIR = Path(__file__).with_name("details")
THEMES = ("services", "quality", "finance", "deadlines", "csr", "security")


class Catalogue(Mapping[str, Indicator]):
    """The indicators by key, in the paper's order."""

    def __init__(self, indicators: tuple[Indicator, ...]) -> None:
        self._by_key = {indicator.key: indicator for indicator in indicators}

    def __getitem__(self, key: str) -> Indicator:
        return self._by_key[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def by_theme(self) -> dict[str, list[Indicator]]:
        return {theme: [indicator for indicator in self.values() if indicator.theme == theme] for theme in THEMES}

    def label(self, key: str, language: str) -> str:
        return self[key].label(language) if key in self else key


def _read_companion(row: Mapping[str, Any]) -> Companion:
    return Companion(row["key"], row["fr"], row["en"], row["expression"], read_named(row["counts"]))


def _read_parameter(row: Mapping[str, Any]) -> Parameter:
    return Parameter(row["key"], row["fr"], row["en"], row["default_fr"], row["default_en"])


def _read_evidence(row: Mapping[str, Any]) -> EvidenceRule:
    return EvidenceRule(**{**row, "limit": Decimal(row["limit"]) if "limit" in row else None})


def _read_row(row: Mapping[str, str], details: Mapping[str, Any]) -> Indicator:
    """Join a line of the table with its details; a column or a detail that nobody reads is refused."""
    columns: dict[str, Any] = {
        **row,
        "label_fr": row["label_fr"].replace("'", "’"),
        "printed_target": Decimal(row["printed_target"]) if row["printed_target"] else None,
    }
    read: dict[str, Any] = {
        **details,
        "counts": read_named(details.get("counts", [])),
        "companions": tuple(_read_companion(each) for each in details.get("companions", [])),
        "annexes": read_named(details.get("annexes", [])),
        "parameters": tuple(_read_parameter(each) for each in details.get("parameters", [])),
        "conversion": tuple((fact, mark) for fact, mark in details.get("conversion", [])),
        "evidence": _read_evidence(details.get("evidence", {})),
    }
    return Indicator(**columns, **read)


def _read_details() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for theme in THEMES:
        found.update(tomllib.loads((DETAILS_DIR / f"{theme}.toml").read_text(encoding="utf-8")))
    return found


@cache
def load_catalogue() -> Catalogue:
    details = _read_details()
    with CATALOGUE_FILE.open(encoding="utf-8", newline="") as file:
        return Catalogue(tuple(_read_row(row, details[row["key"]]) for row in csv.DictReader(file)))
