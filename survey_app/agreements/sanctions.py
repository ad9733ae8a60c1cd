"""The guard against "sanction" indicators: lines that move money without giving a fair chance."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum

from survey_app.agreements.rules import Line
from survey_app.agreements.vocabulary import Measure, Obligor
from survey_app.errors import N_, Refusal

MIN_HEADROOM = Decimal("0.5")
MIN_RESPONDENTS = 3


class SanctionFlag(StrEnum):
    NO_HEADROOM = "no_headroom"
    OTHER_PARTY = "other_party"
    FEW_RESPONDENTS = "few_respondents"
    NO_BASELINE = "no_baseline"


def sanction_flags(line: Line, *, n_respondents: int, has_baseline: bool) -> tuple[SanctionFlag, ...]:
    """Return why a paying line could punish rather than steer; a line that pays nothing has no flag."""
    if not line.is_paying:
        return ()
    asked = line.threshold if line.target is None else line.target
    is_surveyed = line.measure in {Measure.SURVEY, Measure.MIXED}
    reasons = {
        SanctionFlag.NO_HEADROOM: 10 - asked < MIN_HEADROOM,
        SanctionFlag.OTHER_PARTY: line.obligor is not Obligor.AGENCY,
        SanctionFlag.FEW_RESPONDENTS: is_surveyed and n_respondents < MIN_RESPONDENTS,
        SanctionFlag.NO_BASELINE: not has_baseline,
    }
    return tuple(flag for flag, holds in reasons.items() if holds)


def check_acceptances(flagged: Sequence[tuple[Line, tuple[SanctionFlag, ...]]], names: dict[str, str]) -> None:
    """Refuse to go on while a flagged line lacks the written reason why both parties keep it."""
    missing = [names[line.indicator_key] for line, flags in flagged if flags and not line.sanction_acceptance.strip()]
    if missing:
        raise Refusal(
            N_(
                "These lines move money and are flagged: %(lines)s. Open each one and write why both parties accept it."
            ),
            field="sanction_acceptance",
            lines=", ".join(missing),
        )
