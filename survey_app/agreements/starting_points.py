"""Agreements to start from in one click: a light one, a full one, one for each trade."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy.orm import Session

from survey_app.agreements.drafting import Terms, add_commitment
from survey_app.agreements.models import AgreementVersion
from survey_app.agreements.vocabulary import Measure
from survey_app.catalogue.content import Catalogue

STARTING_POINTS_FILE = Path(__file__).with_name("starting_points.toml")


@dataclass(frozen=True)
class StartingLine:
    """One line to start with; a measure is written where the catalogue prints none."""

    key: str
    measure: str = ""
    written_fr: str = ""
    written_en: str = ""

    def terms(self, language: str) -> Terms:
        if not self.measure:
            return Terms()
        return Terms(
            measure=Measure(self.measure),
            written_measure=self.written_fr if language == "fr" else self.written_en,
        )


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


def start_from(
    session: Session, version: AgreementVersion, starting_point: StartingPoint, catalogue: Catalogue
) -> None:
    """Fill an empty draft with the lines of a starting point, in its order."""
    language = version.agreement.client.language
    for line in starting_point.lines:
        add_commitment(session, version, catalogue[line.key], **line.terms(language))
