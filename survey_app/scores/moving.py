"""Assemble what moved between two waves for one reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.scores.changes import Split, Trial, Verdict, Voices, judge_changes, split_change, weigh_change
from survey_app.scores.disclosure import Reader
from survey_app.scores.models import ScoreLevel
from survey_app.scores.queries import wave_scores
from survey_app.scores.reading import LineResult
from survey_app.scores.respondents import respondents

NO_VOICES = Voices({})


@dataclass(frozen=True)
class LineMove:
    """One line in two waves; the split and the test are kept back where they would tell too much."""

    line: LineResult
    before: Fraction
    after: Fraction
    split: Split | None
    verdict: Verdict

    @property
    def change(self) -> Fraction:
        return self.after - self.before


@dataclass(frozen=True)
class Moves:
    """What moved since an earlier wave, line by line and on the whole."""

    since: Wave
    lines: Sequence[LineMove]

    @property
    def proved(self) -> list[LineMove]:
        """Return what moved beyond chance, the greatest change first."""
        return sorted((m for m in self.lines if m.verdict.word in ("up", "down")), key=lambda m: -abs(m.change))

    @property
    def whole(self) -> Fraction:
        """Return the change of the weighted mean over the lines measured both times."""
        return self._weighted([move.change for move in self.lines])

    @property
    def split(self) -> tuple[Fraction, Fraction, Fraction] | None:
        """Return the parts of the whole change: same people, panel, facts; None where a line keeps its part back."""
        if any(move.split is None and move.line.score.survey_mark is not None for move in self.lines):
            return None
        same = self._weighted([_survey_part(move) * (move.split.same if move.split else 0) for move in self.lines])
        panel = self._weighted([_survey_part(move) * (move.split.panel if move.split else 0) for move in self.lines])
        return same, panel, self.whole - same - panel

    def _weighted(self, parts: Sequence[Fraction | int]) -> Fraction:
        weights = [Fraction(move.line.score.weight) for move in self.lines]
        total = sum(weights, Fraction(0))
        if not total:
            return Fraction(0)
        return sum((weight * part for weight, part in zip(weights, parts, strict=True)), Fraction(0)) / total


def _survey_part(move: LineMove) -> Fraction:
    share = move.line.score.survey_share
    return Fraction(1) if share is None else Fraction(share)


def read_moves(
    session: Session, wave: Wave, earlier: Wave, lines: Sequence[LineResult], reader: Reader
) -> Moves | None:
    """Compare the agency's shared lines with those of an earlier closed wave."""
    past = {s.subject_key: s for s in wave_scores(session, earlier) if s.level is ScoreLevel.INDICATOR}
    then, now = _voices(session, earlier), _voices(session, wave)
    # A mean weighed by roles is no mean over people: its change does not split into people.
    weighs_roles = bool(wave.agreement_version and wave.agreement_version.role_shares)
    found: list[tuple[LineResult, Fraction, Split | None, Trial | None]] = []
    for line in lines:
        before = past.get(line.score.subject_key)
        if before is None or before.exact is None or not line.is_shown or line.score.exact is None:
            continue
        if not reader.may_see_score(before.n_respondents):
            continue
        key = line.score.subject_key
        voices = then.get(key, NO_VOICES), now.get(key, NO_VOICES)
        split = None if weighs_roles else _shown_split(voices, reader)
        found.append((line, before.exact, split, weigh_change(*voices)))
    if not found:
        return None
    verdicts = judge_changes([(line.score.exact or 0) - before for line, before, _, _ in found], [t for *_, t in found])
    moves = [
        LineMove(line, before, line.score.exact or Fraction(0), split, verdict)
        for (line, before, split, _), verdict in zip(found, verdicts, strict=True)
    ]
    return Moves(earlier, sorted(moves, key=lambda move: move.change))


def _shown_split(voices: tuple[Voices, Voices], reader: Reader) -> Split | None:
    split = split_change(*voices) if voices[0].scores and voices[1].scores else None
    if split is None or not reader.may_see_split(split.n_same, len(voices[0].scores), len(voices[1].scores)):
        return None
    return split


def _voices(session: Session, wave: Wave) -> Mapping[str, Voices]:
    known: dict[str, dict[int, Fraction]] = {}
    unknown: dict[str, list[Fraction]] = {}
    for one in respondents(session, wave):
        if one.contact_id is None:
            unknown.setdefault(one.indicator_key, []).append(one.score)
        else:
            known.setdefault(one.indicator_key, {})[one.contact_id] = one.score
    return {key: Voices(known.get(key, {}), tuple(unknown.get(key, ()))) for key in known.keys() | unknown.keys()}
