"""Assemble the results of a closed wave for one reader: nothing here that the mode does not promise to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.campaigns.models import Wave
from survey_app.catalogue.content import Catalogue
from survey_app.measurements.content import FactsOfLine, facts_of_lines
from survey_app.scores.breakdown import Outlook, Satisfied, SurveySum
from survey_app.scores.comments import GENERAL, Comment
from survey_app.scores.disclosure import Reader, may_show_mean
from survey_app.scores.evidence import Evidence
from survey_app.scores.history import History, PastScore, least_respondents, read_history
from survey_app.scores.models import Score, ScoreLevel
from survey_app.scores.queries import count_answered, count_invited, wave_scores

# Percent of the people asked.
WARNED_UNDER, JUDGED_FROM = 60, 40


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
    reader: Reader
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

    def filtered(self, theme: str, *, only_breaches: bool) -> "WaveResults":
        """Return the same results with the lines that were asked for; means and counts stay those of the whole."""
        kept = [
            line for line in self.lines if (not theme or line.theme == theme) and (line.is_breach or not only_breaches)
        ]
        return replace(self, lines=kept)

    def mean(self, subject_key: str, party: str = "agency") -> MeanResult | None:
        return next(
            (m for m in self.means if (m.score.subject_key, m.score.obligor.value) == (subject_key, party)), None
        )

    def themes(self, party: str = "agency") -> list[MeanResult]:
        return [m for m in self.means if m.score.level is ScoreLevel.THEME and m.score.obligor.value == party]


def read_results(session: Session, wave: Wave, catalogue: Catalogue, reader: Reader, language: str) -> WaveResults:
    """Return what was recorded at the close, with the marks behind it as far as this reader may see them."""
    scores = [score for score in wave_scores(session, wave) if not (reader.is_client and score.is_internal)]
    history = read_history(session, wave)
    evidence = Evidence.read(session, wave, reader)
    facts = facts_of_lines(session, wave, language)
    lines = [
        _line(score, wave, catalogue, reader, language, history, evidence, facts)
        for score in scores
        if score.level is ScoreLevel.INDICATOR
    ]
    n_answered = count_answered(session, wave)
    general = evidence.comments.get(GENERAL, []) if reader.may_see_comments(n_answered) else []
    return WaveResults(
        wave,
        reader,
        count_invited(session, wave),
        n_answered,
        lines,
        [_mean(score, lines, reader, history) for score in scores if score.level is not ScoreLevel.INDICATOR],
        tuple(general),
    )


def _line(
    score: Score,
    wave: Wave,
    catalogue: Catalogue,
    reader: Reader,
    language: str,
    history: History,
    evidence: Evidence,
    facts: Mapping[str, FactsOfLine],
) -> LineResult:
    key, n = score.subject_key, score.n_respondents
    survey, shown = evidence.survey_of(score), _shown_past(history, reader)
    return LineResult(
        score=score,
        label=line_label(wave, key, catalogue, language),
        theme=line_theme(wave, key, catalogue),
        is_shown=reader.may_see_score(n),
        shows_bounds=evidence.shows_bounds(score),
        marks=survey.scores if survey is not None and evidence.shows_marks(score) else (),
        sum=evidence.sum_of(score),
        outlook=evidence.outlook_of(score),
        satisfied=evidence.satisfied_of(score),
        facts=facts.get(key),
        comments=tuple(evidence.comments.get(key, ())) if reader.may_see_comments(n) else (),
        baseline=next(iter(shown.all_of(score)), None),
        course=tuple(_bounded(past, evidence) for past in shown.course(ScoreLevel.INDICATOR, key, score.obligor.value)),
    )


def _bounded(past: PastScore, evidence: Evidence) -> PastScore:
    """Leave out the interval of a score over roles for those who may not read each answer behind it."""
    if past.n_respondents and evidence.is_over_roles and not evidence.reader.reads_each_answer:
        return replace(past, low=None, high=None)
    return past


class _Shown(History):
    def all_of(self, score: Score) -> list[PastScore]:
        found = self.baseline(score.level, score.subject_key, score.obligor.value)
        return [found] if found and found.wave_id != score.wave_id else []


def _shown_past(history: History, reader: Reader) -> _Shown:
    """Return the history without the scores that too few people stand behind."""
    fewest = least_respondents(history)
    kept = [
        past
        for past in history.scores
        if reader.may_see_score(
            past.n_respondents if past.level is ScoreLevel.INDICATOR else fewest.get(past.wave_id, 0)
        )
        and not (reader.is_client and past.is_internal)
    ]
    return _Shown(kept, history.campaign_id)


def _mean(score: Score, lines: Sequence[LineResult], reader: Reader, history: History) -> MeanResult:
    behind = [line for line in lines if not line.score.is_internal]
    shown = _shown_past(history, reader)
    return MeanResult(
        score,
        may_show_mean(line.is_shown for line in behind),
        next(iter(shown.all_of(score)), None),
        tuple(shown.course(score.level, score.subject_key, score.obligor.value)),
    )


def line_label(wave: Wave, indicator_key: str, catalogue: Catalogue, language: str) -> str:
    """Name a line as it read when it entered the agreement."""
    version = wave.agreement_version
    for commitment in version.commitments if version else ():
        if commitment.indicator_key == indicator_key and commitment.definition:
            return commitment.label(language)
    return catalogue.label(indicator_key, language)


def line_theme(wave: Wave, indicator_key: str, catalogue: Catalogue) -> str:
    version = wave.agreement_version
    for commitment in version.commitments if version else ():
        if commitment.indicator_key == indicator_key and commitment.definition.get("theme"):
            return str(commitment.definition["theme"])
    return catalogue[indicator_key].theme if indicator_key in catalogue else ""
