"""What moved between two waves, and whether the people changed their mind or the panel changed."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.scores.disclosure import Reader
from survey_app.scores.models import ScoreLevel
from survey_app.scores.queries import respondents, wave_scores, weighs_roles
from survey_app.scores.results import LineResult
from survey_app.statistics import Change, adjust_p_values, paired_change, unpaired_change

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


def split_change(before: Voices, after: Voices) -> Split | None:
    """Split the change of the mean; None where nobody answered both times, or nobody can be told."""
    both = sorted(before.by_person.keys() & after.by_person.keys())
    if not both or before.unknown or after.unknown:
        return None
    same = sum((after.by_person[who] - before.by_person[who] for who in both), Fraction(0)) / len(both)
    return Split(len(both), same, mean(after.scores) - mean(before.scores) - same)


def weigh_change(before: Voices, after: Voices) -> Change | None:
    """Test the change of the same people where there are some, else of two groups of people."""
    if not before.scores or not after.scores:
        return None
    both = sorted(before.by_person.keys() & after.by_person.keys())
    if len(both) < LEAST_PAIRS:
        return unpaired_change(before.scores, after.scores)
    return paired_change([before.by_person[who] for who in both], [after.by_person[who] for who in both])


def judge_changes(changes: Sequence[Fraction], tests: Sequence[Change | None]) -> list[str]:
    """Say of each line what moved for sure, the more lines are looked at the harder it is (Benjamini-Hochberg)."""
    p_values = {place: test.p_value for place, test in enumerate(tests) if test is not None and test.is_testable}
    adjusted = dict(zip(p_values, adjust_p_values(p_values.values()), strict=True)) if p_values else {}
    return [_verdict(change, adjusted.get(place)) for place, change in enumerate(changes)]


def _verdict(change: Fraction, p_value: float | None) -> str:
    if p_value is None:
        return "not_testable"
    if p_value >= SIGNIFICANCE:
        return "unproved"
    return "up" if change > 0 else "down"


def mean(scores: Sequence[Fraction]) -> Fraction:
    return sum(scores, Fraction(0)) / len(scores)


@dataclass(frozen=True)
class LineMove:
    """One line in two waves; the split and the test are kept back where they would tell too much."""

    line: LineResult
    before: Fraction
    after: Fraction
    split: Split | None
    verdict: str

    @property
    def change(self) -> Fraction:
        return self.after - self.before

    @property
    def survey_share(self) -> Fraction:
        """Return the part of the line that people's marks make up; the facts make the rest."""
        share = self.line.score.survey_share
        return Fraction(1) if share is None else Fraction(share)


@dataclass(frozen=True)
class Moves:
    """What moved since an earlier wave, line by line and on the whole."""

    since: Wave
    lines: Sequence[LineMove]

    @property
    def proved(self) -> list[LineMove]:
        """Return what moved beyond chance, the greatest change first."""
        return sorted((m for m in self.lines if m.verdict in ("up", "down")), key=lambda m: -abs(m.change))

    @property
    def whole(self) -> Fraction:
        """Return the change of the weighted mean over the lines measured both times."""
        return self._weighted([move.change for move in self.lines])

    @property
    def split(self) -> tuple[Fraction, Fraction, Fraction] | None:
        """Return the parts of the whole change: same people, panel, facts; None where a line keeps its part back."""
        if any(move.split is None and move.line.score.survey_mark is not None for move in self.lines):
            return None
        same = self._weighted([move.survey_share * (move.split.same if move.split else 0) for move in self.lines])
        panel = self._weighted([move.survey_share * (move.split.panel if move.split else 0) for move in self.lines])
        return same, panel, self.whole - same - panel

    def _weighted(self, parts: Sequence[Fraction | int]) -> Fraction:
        weights = [Fraction(move.line.score.weight) for move in self.lines]
        total = sum(weights, Fraction(0))
        if not total:
            return Fraction(0)
        return sum((weight * part for weight, part in zip(weights, parts, strict=True)), Fraction(0)) / total


def read_moves(
    session: Session, wave: Wave, earlier: Wave, lines: Sequence[LineResult], reader: Reader
) -> Moves | None:
    """Compare the agency's shared lines with those of an earlier closed wave."""
    past = {s.subject_key: s for s in wave_scores(session, earlier) if s.level is ScoreLevel.INDICATOR}
    then, now = _voices(session, earlier), _voices(session, wave)
    found: list[tuple[LineResult, Fraction, Fraction, Split | None]] = []
    trials: list[Change | None] = []
    for line in lines:
        before, after = past.get(line.score.subject_key), line.score.exact
        if before is None or before.exact is None or after is None:
            continue
        if line.is_shown and reader.may_see_score(before.n_respondents):
            voices = then[line.score.subject_key], now[line.score.subject_key]
            found.append((line, before.exact, after, None if weighs_roles(wave) else _shown_split(*voices, reader)))
            trials.append(weigh_change(*voices))
    verdicts = judge_changes([after - before for _, before, after, _ in found], trials)
    moves = [LineMove(*each, verdict) for each, verdict in zip(found, verdicts, strict=True)]
    return Moves(earlier, sorted(moves, key=lambda move: move.change)) if moves else None


def _shown_split(then: Voices, now: Voices, reader: Reader) -> Split | None:
    split = split_change(then, now)
    if split is None or not reader.may_see_split(split.n_same, len(then.scores), len(now.scores)):
        return None
    return split


def _voices(session: Session, wave: Wave) -> Mapping[str, Voices]:
    known: dict[str, dict[int, Fraction]] = defaultdict(dict)
    unknown: dict[str, list[Fraction]] = defaultdict(list)
    for one in respondents(session, wave):
        if one.contact_id is None:
            unknown[one.indicator_key].append(one.score)
        else:
            known[one.indicator_key][one.contact_id] = one.score
    heard = {key: Voices(known[key], tuple(unknown[key])) for key in {*known, *unknown}}
    return defaultdict(lambda: Voices({}), heard)
