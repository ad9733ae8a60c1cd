"""Write the lines of a draft: from the catalogue, with the usual terms, then as the parties want them."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypedDict, Unpack

from sqlalchemy.orm import Session

from survey_app.agreements.content import StartingLine, StartingPoint
from survey_app.agreements.models import AgreementVersion, Commitment
from survey_app.agreements.rules import default_points, is_positive_number, line_problems, rests_on_counts
from survey_app.agreements.vocabulary import Direction, Frequency, Measure, Obligor, VersionState
from survey_app.catalogue.content import Catalogue, Indicator
from survey_app.errors import N_, Invalid, Refusal

FREQUENCIES = {"campaign_review": Frequency.CAMPAIGN_REVIEW, "contract": Frequency.CONTRACT}
USUAL_SURVEY_SHARE = Decimal("0.5")
UNSPECIFIED = "unspecified"
EVIDENCE_LIMIT = "evidence_limit"

# A line that is in no session yet knows no default of its table.
UNSAID: Mapping[str, Any] = {
    "threshold": Decimal(7),
    "target": None,
    "weight": Decimal(1),
    "objective": "",
    "objective_on": None,
    "written_measure": "",
    "accountable": "",
    "sanction_acceptance": "",
    "is_paying": False,
    "is_internal": False,
}


class Terms(TypedDict, total=False):
    """What the parties may settle about one line."""

    obligor: Obligor
    measure: Measure
    direction: Direction
    frequency: Frequency
    objective: str
    objective_on: date | None
    threshold: Decimal
    target: Decimal | None
    weight: Decimal
    survey_share: Decimal | None
    conversion: list[list[str]] | None
    parameters: dict[str, str]
    written_measure: str
    accountable: str
    sanction_acceptance: str
    is_paying: bool
    is_internal: bool


def usual_terms(indicator: Indicator, language: str) -> Terms:
    """Return the terms to start from: what the paper prints, and usual words where it leaves a blank."""
    direction = Direction(indicator.direction)
    measure = Measure(indicator.measure) if indicator.is_specified else Measure.FACTUAL
    points = indicator.conversion or default_points(indicator.unit, direction)
    parameters = {each.key: each.default(language) for each in indicator.parameters}
    if indicator.evidence.limit is not None:
        parameters[EVIDENCE_LIMIT] = str(indicator.evidence.limit)
    return Terms(
        obligor=Obligor(indicator.obligor),
        measure=measure,
        direction=direction,
        frequency=FREQUENCIES.get(indicator.occasion, Frequency.HALF_YEARLY),
        conversion=[list(point) for point in points] or None,
        survey_share=USUAL_SURVEY_SHARE if measure is Measure.MIXED else None,
        parameters=parameters,
    )


def add_commitment(
    session: Session, version: AgreementVersion, indicator: Indicator, **terms: Unpack[Terms]
) -> Commitment:
    """Add an indicator to a draft; what the terms do not say is what is usual."""
    refuse_frozen(version)
    if any(line.indicator_key == indicator.key for line in version.commitments):
        raise Refusal(
            N_("%(label)s is already in this agreement. Open its line to change it."),
            label=indicator.label_en,
        )
    if not indicator.is_specified and "measure" not in terms:
        raise Invalid(
            N_("The catalogue prints no measure for this line. Choose how it is measured and write it down."),
            field="measure",
        )
    line = draft_commitment(version, indicator, terms)
    session.add(line)
    version.commitments.append(line)
    session.flush()
    return line


def draft_commitment(version: AgreementVersion, indicator: Indicator, terms: Terms) -> Commitment:
    """Build a line and refuse it at its first wrong term."""
    position = max((line.position for line in version.commitments), default=0) + 1
    wanted: dict[str, Any] = {**usual_terms(indicator, version.agreement.client.language), **terms}
    line = Commitment(
        version_id=version.id,
        position=position,
        indicator_key=indicator.key,
        definition=indicator.snapshot(),
        **{**UNSAID, **wanted},
    )
    _settle_measure(line)
    _refuse_problems(line)
    return line


def change_commitment(session: Session, line: Commitment, **terms: Unpack[Terms]) -> Commitment:
    """Change the terms of a line of a draft."""
    refuse_frozen(line.version)
    for name, value in terms.items():
        setattr(line, name, value)
    _settle_measure(line)
    _refuse_problems(line)
    session.flush()
    return line


def remove_commitment(session: Session, line: Commitment) -> None:
    refuse_frozen(line.version)
    line.version.commitments.remove(line)
    session.flush()


def move_commitment(session: Session, line: Commitment, *, is_up: bool) -> None:
    """Exchange a line with its neighbour, so that the agreement reads in the order the parties like."""
    refuse_frozen(line.version)
    lines = sorted(line.version.commitments, key=lambda each: each.position)
    place = lines.index(line)
    other = place - 1 if is_up else place + 1
    if 0 <= other < len(lines):
        line.position, lines[other].position = lines[other].position, line.position
        session.flush()


def refuse_frozen(version: AgreementVersion) -> None:
    if version.state is not VersionState.DRAFT:
        raise Refusal(
            N_(
                "This version is with the client or already validated, so nothing in it changes. "
                "Take it back or start an amendment."
            )
        )


def _settle_measure(line: Commitment) -> None:
    if line.measure is not Measure.MIXED:
        line.survey_share = None
    elif line.survey_share is None:
        line.survey_share = USUAL_SURVEY_SHARE
    if not rests_on_counts(line):
        line.conversion = None


def _refuse_problems(line: Commitment) -> None:
    limit = line.parameters.get(EVIDENCE_LIMIT)
    if limit is not None and not is_positive_number(limit):
        raise Invalid(N_("The limit must be a number above zero, for example 24."), field=f"parameter_{EVIDENCE_LIMIT}")
    is_specified = line.definition.get("printed_measure") != UNSPECIFIED
    problems = line_problems(line, is_specified=is_specified)
    if problems:
        raise problems[0]


def start_from(
    session: Session, version: AgreementVersion, starting_point: StartingPoint, catalogue: Catalogue
) -> None:
    """Fill an empty draft with the lines of a starting point, in its order."""
    language = version.agreement.client.language
    for line in starting_point.lines:
        add_commitment(session, version, catalogue[line.key], **_starting_terms(line, language))


def _starting_terms(line: StartingLine, language: str) -> Terms:
    if not line.measure:
        return Terms()
    return Terms(
        measure=Measure(line.measure), written_measure=line.written_fr if language == "fr" else line.written_en
    )
