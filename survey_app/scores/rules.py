"""From answers to scores, exactly: question -> respondent -> indicator -> theme -> overall."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from survey_app.statistics import decide

LEVEL = 0.9
SURVEY_METHOD = "finite-mean-polya-90/1"
FACT_METHOD = "fact-conversion/1"
MIXED_METHOD = "survey-fact-blend/1"
MEAN_METHOD = "weighted-mean/1"


@dataclass(frozen=True)
class Line:
    """One commitment as scoring needs it; `survey_share` is the survey's part of a mixed line."""

    indicator_key: str
    theme: str
    obligor: str
    measure: str
    threshold: Decimal
    weight: Decimal
    is_internal: bool = False
    survey_share: Fraction = Fraction(1)


@dataclass(frozen=True)
class RespondentMarks:
    """What one respondent said on one indicator: marks out of ten added up, and how many of each kind."""

    response_id: int
    total: Fraction
    n_rated: int
    n_not_applicable: int


@dataclass(frozen=True)
class LineScore:
    """The score of one line; `exact` is None where nothing can be measured."""

    line: Line
    exact: Fraction | None
    state: str
    is_breach: bool
    method: str
    respondent_scores: tuple[Fraction, ...] = ()
    population: int = 0
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class MeanScore:
    """A weighted mean of lines: a theme's or the whole agreement's, for one party."""

    subject_key: str
    party: str
    exact: Fraction | None
    weight: Decimal


def respondent_score(marks: RespondentMarks, n_questions: int) -> Fraction | None:
    """Average the questions answered on an indicator; valid when at least half of those that apply are."""
    n_applicable = n_questions - marks.n_not_applicable
    if marks.n_rated == 0 or 2 * marks.n_rated < n_applicable:
        return None
    return marks.total / marks.n_rated


def survey_population(marks: Sequence[RespondentMarks], n_questions: int, n_invited: int) -> int:
    """Count the contacts the indicator concerns: "not applicable" throughout leaves it, silence does not."""
    return n_invited - sum(1 for one in marks if one.n_not_applicable == n_questions)


def score_survey_line(line: Line, marks: Sequence[RespondentMarks], n_questions: int, n_invited: int) -> LineScore:
    """Score a line measured by the survey: the plain mean over respondents, with its exact verdict."""
    valid = [respondent_score(one, n_questions) for one in marks]
    scores = tuple(score for score in valid if score is not None)
    population = survey_population(marks, n_questions, n_invited)
    if not scores:
        return LineScore(line, None, "not_measurable", False, SURVEY_METHOD, (), population)
    exact = sum(scores, Fraction(0)) / len(scores)
    decision = decide(list(scores), population, Fraction(line.threshold), level=LEVEL)
    return LineScore(
        line,
        exact,
        decision.state,
        exact < Fraction(line.threshold),
        SURVEY_METHOD,
        scores,
        population,
        six_decimals(decision.interval.low),
        six_decimals(decision.interval.high),
    )


def score_fact_line(line: Line, mark: Fraction | None) -> LineScore:
    """Score a line counted over the period: certain, so met or not met."""
    if mark is None:
        return LineScore(line, None, "not_measurable", False, FACT_METHOD)
    is_breach = mark < Fraction(line.threshold)
    bound = six_decimals(mark)
    return LineScore(line, mark, "not_met" if is_breach else "met", is_breach, FACT_METHOD, low=bound, high=bound)


def score_mixed_line(line: Line, survey: LineScore, mark: Fraction | None) -> LineScore:
    """Blend survey and facts in the agreement's stated shares; without either the line is not measurable."""
    if survey.exact is None or mark is None or survey.low is None or survey.high is None:
        return LineScore(line, None, "not_measurable", False, MIXED_METHOD, survey.respondent_scores, survey.population)
    share, rest = line.survey_share, (1 - line.survey_share) * mark
    exact = share * survey.exact + rest
    low, high = share * Fraction(survey.low) + rest, share * Fraction(survey.high) + rest
    threshold = Fraction(line.threshold)
    state = "met" if low >= threshold else "not_met" if high < threshold else "inconclusive"
    if survey.state == "inconclusive" and share > 0 and len(survey.respondent_scores) * 5 < survey.population * 2:
        state = "inconclusive"
    return LineScore(
        line,
        exact,
        state,
        exact < threshold,
        MIXED_METHOD,
        survey.respondent_scores,
        survey.population,
        six_decimals(low),
        six_decimals(high),
    )


def average_lines(scores: Sequence[LineScore]) -> list[MeanScore]:
    """Average lines into themes and the whole, for each party apart, over what is measurable.

    A client's commitment never lowers the agency's mark, and an internal line is in no mean that a client sees.
    """
    means: list[MeanScore] = []
    shown = [score for score in scores if not score.line.is_internal]
    for party in ("agency", "client"):
        owed = [score for score in shown if (score.line.obligor == "client") == (party == "client")]
        for theme in dict.fromkeys(score.line.theme for score in owed):
            means.append(_weighted_mean(theme, party, [s for s in owed if s.line.theme == theme]))
        if owed:
            means.append(_weighted_mean("overall", party, owed))
    return means


def _weighted_mean(subject_key: str, party: str, scores: Sequence[LineScore]) -> MeanScore:
    measurable = [(score.exact, score.line.weight) for score in scores if score.exact is not None]
    weight = sum((w for _, w in measurable), Decimal(0))
    if not weight:
        return MeanScore(subject_key, party, None, weight)
    total = sum((exact * Fraction(w) for exact, w in measurable), Fraction(0))
    return MeanScore(subject_key, party, total / Fraction(weight), weight)


def score_lines(
    lines: Sequence[Line],
    marks_by_indicator: Mapping[str, Sequence[RespondentMarks]],
    n_questions: Mapping[str, int],
    n_invited: int,
    fact_marks: Mapping[str, Fraction | None],
) -> list[LineScore]:
    """Score every line of the agreement by its own kind of measure."""
    return [
        _score_line(line, marks_by_indicator.get(line.indicator_key, ()), n_questions, n_invited, fact_marks)
        for line in lines
    ]


def _score_line(
    line: Line,
    marks: Sequence[RespondentMarks],
    n_questions: Mapping[str, int],
    n_invited: int,
    fact_marks: Mapping[str, Fraction | None],
) -> LineScore:
    mark = fact_marks.get(line.indicator_key)
    if line.measure in ("factual", "contractual"):
        return score_fact_line(line, mark)
    survey = score_survey_line(line, marks, n_questions.get(line.indicator_key, 0), n_invited)
    return score_mixed_line(line, survey, mark) if line.measure == "mixed" else survey


def six_decimals(value: float | Fraction) -> Decimal:
    """Keep six decimals of a bound, which is for print: verdicts were reached before."""
    return Decimal(round(Fraction(value) * 10**6)).scaleb(-6)
