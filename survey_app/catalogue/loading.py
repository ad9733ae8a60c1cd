"""The 45 indicators as data: the trade paper's references, its oddities kept, our own words."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

CATALOGUE_FILE = Path(__file__).with_name("catalogue.csv")
THEMES = ("services", "quality", "finance", "deadlines", "csr", "security")


@dataclass(frozen=True)
class Indicator:
    """One line of the catalogue; `measure` is "unspecified" where the paper prints none."""

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

    def label(self, language: str) -> str:
        return self.label_fr if language == "fr" else self.label_en


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
        return {
            theme: [indicator for indicator in self.values() if indicator.theme == theme] for theme in THEMES
        }

    def label(self, key: str, language: str) -> str:
        return self[key].label(language) if key in self else key


def _read_row(row: dict[str, str]) -> Indicator:
    target = row["printed_target"]
    return Indicator(
        key=row["id"],
        theme=row["theme"],
        reference=row["ref"],
        label_fr=row["label_fr"],
        label_en=row["label_en"],
        measure=row["measure"],
        occasion=row["occasion"],
        obligor=row["obligor"],
        unit=row["unit"],
        direction=row["direction"],
        formula=row["formula"],
        printed_target=Decimal(target) if target else None,
        note=row["note"],
    )


def load_catalogue() -> Catalogue:
    with CATALOGUE_FILE.open(encoding="utf-8", newline="") as file:
        return Catalogue(tuple(_read_row(row) for row in csv.DictReader(file)))
