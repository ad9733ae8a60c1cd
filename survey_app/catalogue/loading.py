"""The 45 indicators as data: the trade paper's references, its oddities kept, our own words."""

import csv
import tomllib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from survey_app.catalogue.indicators import Companion, EvidenceRule, Parameter, read_named
from survey_app.catalogue.indicators import Indicator as Indicator

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
    return Companion(
        key=row["key"],
        label_fr=row["fr"],
        label_en=row["en"],
        expression=row["expression"],
        counts=read_named(row["counts"]),
    )


def _read_parameter(row: Mapping[str, Any]) -> Parameter:
    return Parameter(
        key=row["key"],
        label_fr=row["fr"],
        label_en=row["en"],
        default_fr=row["default_fr"],
        default_en=row["default_en"],
    )


def _read_evidence(row: Mapping[str, Any]) -> EvidenceRule:
    limit = row.get("limit")
    return EvidenceRule(
        needs_test=row.get("needs_test", False),
        limit=None if limit is None else Decimal(limit),
        limit_unit_fr=row.get("limit_unit_fr", ""),
        limit_unit_en=row.get("limit_unit_en", ""),
        review_months=row.get("review_months", 12),
    )


def _read_row(row: Mapping[str, str], details: Mapping[str, Any]) -> Indicator:
    target = row["printed_target"]
    return Indicator(
        key=row["id"],
        theme=row["theme"],
        reference=row["ref"],
        label_fr=row["label_fr"].replace("'", "’"),
        label_en=row["label_en"],
        measure=row["measure"],
        occasion=row["occasion"],
        obligor=row["obligor"],
        unit=row["unit"],
        direction=row["direction"],
        formula=row["formula"],
        printed_target=Decimal(target) if target else None,
        note=row["note"],
        purpose_fr=details["purpose_fr"],
        purpose_en=details["purpose_en"],
        expression=details.get("expression", ""),
        counts=read_named(details.get("counts", [])),
        companions=tuple(_read_companion(each) for each in details.get("companions", [])),
        annexes=read_named(details.get("annexes", [])),
        parameters=tuple(_read_parameter(each) for each in details.get("parameters", [])),
        conversion=tuple((fact, mark) for fact, mark in details.get("conversion", [])),
        evidence=_read_evidence(details.get("evidence", {})),
    )


def _read_details() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for theme in THEMES:
        found.update(tomllib.loads((DETAILS_DIR / f"{theme}.toml").read_text(encoding="utf-8")))
    return found


@cache
def load_catalogue() -> Catalogue:
    details = _read_details()
    with CATALOGUE_FILE.open(encoding="utf-8", newline="") as file:
        return Catalogue(tuple(_read_row(row, details[row["id"]]) for row in csv.DictReader(file)))
