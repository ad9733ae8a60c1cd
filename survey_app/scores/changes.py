"""What moved between two waves, and whether the people changed their mind or the panel changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from survey_app.statistics import adjust_p_values, paired_change, unpaired_change

SIGNIFICANCE = 0.05
LEAST_PAIRS = 3


@dataclass(frozen=True)
class Voices:
    """One line's scores in one wave, by person where the mode keeps who answered; unknown people have none."""

    by_person: Mapping[int, Fraction]
    unknown: tuple[Fraction, ...] = ()

    @property
    def scores(self) -> list[Fraction]:
        return [*self.by_person.values(), *self.unknown]


@dataclass(frozen=True)
class Split:
    """A change in two parts that add up: the same people changed their mind, and the panel changed."""

    n_same: int
    same: Fraction
    panel: Fraction


@dataclass(frozen=True)
class Trial:
    """Whether a change is more than chance, before the correction for the number of lines."""

    p_value: float
    is_testable: bool
    is_paired: bool


@dataclass(frozen=True)
class Verdict:
    """What may be said of a change once all lines are looked at together."""

    word: str
    p_value: float | None


def split_change(before: Voices, after: Voices) -> Split | None:
    """Split the change of the mean; None where nobody answered both times, or nobody can be told."""
    both = sorted(before.by_person.keys() & after.by_person.keys())
    if not both or before.unknown or after.unknown:
        return None
    same = sum((after.by_person[who] - before.by_person[who] for who in both), Fraction(0)) / len(both)
    return Split(len(both), same, mean(after.scores) - mean(before.scores) - same)


def weigh_change(before: Voices, after: Voices) -> Trial | None:
    """Test the change of the same people where there are some, else of two groups of people."""
    if not before.scores or not after.scores:
        return None
    both = sorted(before.by_person.keys() & after.by_person.keys())
    if len(both) >= LEAST_PAIRS:
        found = paired_change([before.by_person[who] for who in both], [after.by_person[who] for who in both])
    else:
        found = unpaired_change(before.scores, after.scores)
    return Trial(found.p_value, found.is_testable, len(both) >= LEAST_PAIRS)


def judge_changes(changes: Sequence[Fraction], tests: Sequence[Trial | None]) -> list[Verdict]:
    """Say of each line what moved for sure, the more lines are looked at the harder it is (Benjamini-Hochberg)."""
    testable = [place for place, test in enumerate(tests) if test is not None and test.is_testable]
    p_values = [test.p_value for test in tests if test is not None and test.is_testable]
    adjusted = dict(zip(testable, adjust_p_values(p_values), strict=True)) if testable else {}
    return [_verdict(change, adjusted.get(place)) for place, change in enumerate(changes)]


def _verdict(change: Fraction, p_value: float | None) -> Verdict:
    if p_value is None:
        return Verdict("not_testable", None)
    if p_value >= SIGNIFICANCE:
        return Verdict("unproved", float(p_value))
    return Verdict("up" if change > 0 else "down", float(p_value))


def mean(scores: Sequence[Fraction]) -> Fraction:
    return sum(scores, Fraction(0)) / len(scores)
