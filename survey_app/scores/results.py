"""The results of a closed wave for one reader: nothing here that the mode does not promise to show."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.agreements.models import Obligor
from survey_app.campaigns.models import Wave
from survey_app.catalogue.content import THEMES, Catalogue
from survey_app.measurements.content import FactsOfLine, facts_of_lines
from survey_app.scores.breakdown import Evidence, Outlook, Satisfied, SurveySum
from survey_app.scores.disclosure import Reader, may_show_mean
from survey_app.scores.models import Score, ScoreLevel
from survey_app.scores.queries import (
    GENERAL,
    Comment,
    PastScore,
    count_answered,
    count_invited,
    read_history,
    wave_scores,
    weighs_roles,
)

# Percent of the people asked.
WARNED_UNDER, JUDGED_FROM = 60, 40


@dataclass(frozen=True)
class Filter:
    """What the address of the page asks for: a theme, the breaches alone, the wave to compare with."""

    theme: str
    only_breaches: bool
    since: Wave | None
    comparable: Sequence[Wave]


def read_filter(arguments: Mapping[str, str], comparable: Sequence[Wave]) -> Filter:
    """Read the choice; what means nothing is the default, since an address is easily cut."""
    asked, theme = arguments.get("since", ""), arguments.get("theme", "")
    chosen = [wave for wave in comparable if str(wave.id) == asked]
    since = next(iter(chosen or comparable), None)
    return Filter(theme if theme in THEMES else "", arguments.get("only") == "breaches", since, comparable)


@dataclass(frozen=True)
class Past:
    """What earlier waves scored, as far as this reader may see it, by level, subject and party."""

    wave: Wave
    scores: Mapping[tuple[str, str, str], Sequence[PastScore]]

    def course(self, score: Score) -> tuple[PastScore, ...]:
        """Return the score of each wave of the same campaign: the same questions, wave after wave."""
        return tuple(past for past in self._all_of(score) if past.campaign_id == self.wave.campaign_id)

    def baseline(self, score: Score) -> PastScore | None:
        """Return the reference measure, the first wave of the agreement that measured it, where it is another one."""
        found = next((past for past in self._all_of(score) if past.exact is not None), None)
        return found if found and found.wave_id != self.wave.id else None

    def _all_of(self, score: Score) -> Sequence[PastScore]:
        return self.scores.get((score.level, score.subject_key, score.obligor), ())


@dataclass(frozen=True)
class LineResult:
    """One line as this reader may see it."""

    score: Score
    label: str
    theme: str
    is_shown: bool
    shows_bounds: bool
    marks: tuple[Fraction, ...]
    sum: SurveySum | None
    outlook: Outlook | None
    satisfied: Satisfied | None
    facts: FactsOfLine | None
    comments: tuple[Comment, ...]
    baseline: PastScore | None
    course: tuple[PastScore, ...]

    @property
    def state(self) -> str:
        if not self.is_shown or self.score.state is None:
            return "hidden"
        return self.score.state.value

    @property
    def is_breach(self) -> bool:
        return self.is_shown and self.score.is_breach

    @property
    def fact_share(self) -> Fraction | None:
        """Return the part of the facts in a mixed line."""
        return None if self.score.survey_share is None else 1 - Fraction(self.score.survey_share)

    @property
    def low(self) -> Decimal | None:
        return self.score.low if self.is_shown and self.shows_bounds else None

    @property
    def high(self) -> Decimal | None:
        return self.score.high if self.is_shown and self.shows_bounds else None

    @property
    def has_too_few(self) -> bool:
        """Tell whether under 40 % of the people concerned answered, which no interval can make up for."""
        return self.score.n_respondents * 100 < self.score.population * JUDGED_FROM

    @property
    def is_bounded_by_worst_case(self) -> bool:
        """Tell whether the interval reaches as far as zeros and tens of the missing would."""
        outlook = self.outlook
        return outlook is not None and (outlook.worst_low, outlook.worst_high) == (self.low, self.high)

    @property
    def before(self) -> PastScore | None:
        """Return the wave before, where it measured the line and may be shown."""
        earlier = [past for past in self.course if past.wave_id != self.score.wave_id]
        return earlier[-1] if earlier and earlier[-1].exact is not None else None


@dataclass(frozen=True)
class MeanResult:
    """A theme's or the whole agreement's mean; hidden as soon as one of its lines is."""

    score: Score
    is_shown: bool
    baseline: PastScore | None
    course: tuple[PastScore, ...]


@dataclass(frozen=True)
class WaveResults:
    wave: Wave
    n_invited: int
    n_answered: int
    lines: Sequence[LineResult]
    means: Sequence[MeanResult]
    general_comments: tuple[Comment, ...]

    @property
    def response_warning(self) -> str:
        """Tell whether the answers are few: under 60 % a warning, under 40 % no line can be judged."""
        if not self.n_invited or self.n_answered * 100 >= self.n_invited * WARNED_UNDER:
            return ""
        return "few" if self.n_answered * 100 >= self.n_invited * JUDGED_FROM else "too_few"

    @property
    def digits(self) -> int:
        """Return how many decimals the agreement prints."""
        version = self.wave.agreement_version
        return 2 if version is None else version.rounding_digits

    @property
    def draws_marks(self) -> bool:
        return any(line.marks for line in self.lines)

    @property
    def shared(self) -> list[LineResult]:
        """Return the lines that bind the agency, alone or with the client."""
        return [line for line in self.lines if line.score.obligor != "client" and not line.score.is_internal]

    @property
    def owed_by_client(self) -> list[LineResult]:
        return [line for line in self.lines if line.score.obligor == "client" and not line.score.is_internal]

    @property
    def internal(self) -> list[LineResult]:
        return [line for line in self.lines if line.score.is_internal]

    @property
    def breaches(self) -> list[LineResult]:
        return [line for line in self.shared if line.is_breach]

    def filtered(self, chosen: Filter) -> "WaveResults":
        """Return the same results with the lines that were asked for; means and counts stay those of the whole."""
        kept = [
            line
            for line in self.lines
            if chosen.theme in ("", line.theme) and (line.is_breach or not chosen.only_breaches)
        ]
        return replace(self, lines=kept)

    @property
    def overall(self) -> MeanResult | None:
        """Return the agency's mean over all lines; what the client owes is never in it."""
        return next((mean for mean in self._agency_s if mean.score.level is ScoreLevel.OVERALL), None)

    @property
    def themes(self) -> list[MeanResult]:
        return [mean for mean in self._agency_s if mean.score.level is ScoreLevel.THEME]

    @property
    def _agency_s(self) -> list[MeanResult]:
        return [mean for mean in self.means if mean.score.obligor is Obligor.AGENCY]


def read_results(session: Session, wave: Wave, catalogue: Catalogue, reader: Reader, language: str) -> WaveResults:
    """Return what was recorded at the close, with the marks behind it as far as this reader may see them."""
    scores = [score for score in wave_scores(session, wave) if not (reader.is_client and score.is_internal)]
    evidence, past = Evidence.read(session, wave, reader), _read_past(session, wave, reader)
    facts, titles = facts_of_lines(session, wave, language), _titles(wave, catalogue, language)
    lines = [
        _line(score, titles[score.subject_key], evidence, facts.get(score.subject_key), past)
        for score in scores
        if score.level is ScoreLevel.INDICATOR
    ]
    shows_means = may_show_mean(line.is_shown for line in lines if not line.score.is_internal)
    means = [
        MeanResult(score, shows_means, past.baseline(score), past.course(score))
        for score in scores
        if score.level is not ScoreLevel.INDICATOR
    ]
    n_answered = count_answered(session, wave)
    general = evidence.comments.get(GENERAL, []) if reader.may_see_comments(n_answered) else []
    return WaveResults(wave, count_invited(session, wave), n_answered, lines, means, tuple(general))


def _line(
    score: Score, title: tuple[str, str], evidence: Evidence, facts: FactsOfLine | None, past: Past
) -> LineResult:
    reader, survey = evidence.reader, evidence.survey_of(score)
    label, theme = title
    comments = evidence.comments.get(score.subject_key, ()) if reader.may_see_comments(score.n_respondents) else ()
    return LineResult(
        score=score,
        label=label,
        theme=theme,
        is_shown=reader.may_see_score(score.n_respondents),
        shows_bounds=evidence.shows_bounds(score),
        marks=survey.scores if survey is not None and evidence.shows_marks(score) else (),
        sum=evidence.sum_of(score),
        outlook=evidence.outlook_of(score),
        satisfied=evidence.satisfied_of(score),
        facts=facts,
        comments=tuple(comments),
        baseline=past.baseline(score),
        course=past.course(score),
    )


def _read_past(session: Session, wave: Wave, reader: Reader) -> Past:
    """Leave out the scores that too few people stand behind, and the intervals that would tell what a role said."""
    history = read_history(session, wave)
    # A mean may tell what the shared survey line of the fewest people said.
    fewest: dict[int, int] = {}
    for past in history:
        if past.n_respondents and not past.is_internal:
            fewest[past.wave_id] = min(past.n_respondents, fewest.get(past.wave_id, past.n_respondents))
    hides_bounds = weighs_roles(wave) and not reader.reads_each_answer
    found: dict[tuple[str, str, str], list[PastScore]] = defaultdict(list)
    for past in history:
        n = past.n_respondents if past.level is ScoreLevel.INDICATOR else fewest.get(past.wave_id, 0)
        if reader.may_see_score(n) and not (reader.is_client and past.is_internal):
            shown = replace(past, low=None, high=None) if hides_bounds and past.n_respondents else past
            found[past.level, past.subject_key, past.obligor].append(shown)
    return Past(wave, found)


def _titles(wave: Wave, catalogue: Catalogue, language: str) -> dict[str, tuple[str, str]]:
    """Return the name and the theme of each line, as they read when it entered the agreement."""
    version = wave.agreement_version
    return {
        key: (
            each.label(language) if each.definition else catalogue.label(key, language),
            str(each.definition.get("theme") or (catalogue[key].theme if key in catalogue else "")),
        )
        for each in (version.commitments if version else ())
        for key in (each.indicator_key,)
    }
