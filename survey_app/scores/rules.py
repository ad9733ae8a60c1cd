"""From answers to scores, exactly: question -> respondent -> indicator -> theme -> overall."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from survey_app.scores.roles import RoleMarks, judge_roles
from survey_app.statistics import decide

LEVEL = 0.9
SURVEY_METHOD = "finite-mean-polya-90/1"
ROLES_METHOD = "role-shares-90/1"
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
    """What `n_people` respondents alike said on one indicator: marks out of ten added up, how many of each kind."""

    total: Fraction
    n_rated: int
    n_not_applicable: int
    n_people: int = 1
    role: str = ""


@dataclass(frozen=True)
class Asked:
    """Who was asked, the part of each role where the agreement weighs them, and the fewest that make a score."""

    n_invited: int
    n_by_role: Mapping[str, int] = field(default_factory=dict)
    role_shares: Mapping[str, Fraction] = field(default_factory=dict)
    fewest: int = 0


@dataclass(frozen=True)
class SurveyScore:
    """The survey's part of a line: one score a respondent, and what they are worth together."""

    scores: tuple[Fraction, ...]
    population: int
    roles: tuple[RoleMarks, ...] = ()
    absent_roles: tuple[str, ...] = ()
    exact: Fraction | None = None


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
    survey_mark: Fraction | None = None
    fact_mark: Fraction | None = None
    absent_roles: tuple[str, ...] = ()


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
    return n_invited - sum(one.n_people for one in marks if one.n_not_applicable == n_questions)


def respondent_scores(marks: Sequence[RespondentMarks], n_questions: int) -> tuple[Fraction, ...]:
    """Return one score a respondent: alike answers count as many times as they were given."""
    found: list[Fraction] = []
    for one in marks:
        score = respondent_score(one, n_questions)
        if score is not None:
            found.extend([score] * one.n_people)
    return tuple(found)


def mean_score(marks: Sequence[RespondentMarks], n_questions: int) -> Fraction:
    """Average over respondents, those alike added up at once."""
    valid = [(respondent_score(one, n_questions), one.n_people) for one in marks]
    total = sum((score * n for score, n in valid if score is not None), Fraction(0))
    return total / sum(n for score, n in valid if score is not None)


def survey_score(marks: Sequence[RespondentMarks], n_questions: int, asked: Asked) -> SurveyScore:
    """Average over respondents, or over roles by the agreement's shares where it fixes them.

    Fewer people than the mode promises have no score: sheet, plan and money would tell what each of them gave.
    """
    found = _survey_score(marks, n_questions, asked)
    if len(found.scores) < asked.fewest:
        return SurveyScore(found.scores, found.population)
    return found


def _survey_score(marks: Sequence[RespondentMarks], n_questions: int, asked: Asked) -> SurveyScore:
    scores = respondent_scores(marks, n_questions)
    population = survey_population(marks, n_questions, asked.n_invited)
    if not scores:
        return SurveyScore((), population)
    if not asked.role_shares:
        return SurveyScore(scores, population, exact=mean_score(marks, n_questions))
    roles = tuple(_role_marks(role, share, marks, n_questions, asked) for role, share in asked.role_shares.items())
    present = [role for role in roles if role.scores]
    if not present:
        return SurveyScore((), population)
    total = sum((role.share for role in present), Fraction(0))
    exact = sum((role.share * role.mean for role in present), Fraction(0)) / total
    counted = tuple(score for role in present for score in role.scores)
    concerned = sum(role.population for role in roles)
    return SurveyScore(counted, concerned, roles, tuple(r.role for r in roles if not r.scores), exact)


def _role_marks(
    role: str, share: Fraction, marks: Sequence[RespondentMarks], n_questions: int, asked: Asked
) -> RoleMarks:
    own = [one for one in marks if one.role == role]
    return RoleMarks(
        role,
        share,
        respondent_scores(own, n_questions),
        survey_population(own, n_questions, asked.n_by_role.get(role, 0)),
    )


def score_survey_line(line: Line, survey: SurveyScore) -> LineScore:
    """Score a line measured by the survey, with its exact verdict."""
    if survey.exact is None:
        return LineScore(line, None, "not_measurable", False, SURVEY_METHOD, survey.scores, survey.population)
    state, low, high = _judge(survey, Fraction(line.threshold))
    return LineScore(
        line,
        survey.exact,
        state,
        survey.exact < Fraction(line.threshold),
        ROLES_METHOD if survey.roles else SURVEY_METHOD,
        survey.scores,
        survey.population,
        six_decimals(low),
        six_decimals(high),
        survey_mark=survey.exact,
        absent_roles=survey.absent_roles,
    )


def _judge(survey: SurveyScore, goal: Fraction) -> tuple[str, Fraction, Fraction]:
    """Return the state and the interval of the survey's part against the mark it has to reach."""
    if survey.roles:
        return judge_roles(survey.roles, goal, LEVEL)
    decision = decide(survey.scores, survey.population, goal, level=LEVEL)
    return decision.state, Fraction(decision.interval.low), Fraction(decision.interval.high)


def score_fact_line(line: Line, mark: Fraction | None) -> LineScore:
    """Score a line counted over the period: certain, so met or not met."""
    if mark is None:
        return LineScore(line, None, "not_measurable", False, FACT_METHOD)
    is_breach = mark < Fraction(line.threshold)
    bound = six_decimals(mark)
    state = "not_met" if is_breach else "met"
    return LineScore(line, mark, state, is_breach, FACT_METHOD, low=bound, high=bound, fact_mark=mark)


def score_mixed_line(line: Line, survey: SurveyScore, mark: Fraction | None) -> LineScore:
    """Blend survey and facts in the agreement's stated shares; without either the line is not measurable.

    Facts are certain: the blend reaches its threshold exactly where the survey's part reaches what the facts leave
    it to reach, so the state is judged there, without rounding.
    """
    if survey.exact is None or mark is None:
        return LineScore(
            line,
            None,
            "not_measurable",
            False,
            MIXED_METHOD,
            survey.scores,
            survey.population,
            survey_mark=survey.exact,
            fact_mark=mark,
        )
    share, rest = line.survey_share, (1 - line.survey_share) * mark
    exact, threshold = share * survey.exact + rest, Fraction(line.threshold)
    state, low, high = _judge(survey, (threshold - rest) / share)
    return LineScore(
        line,
        exact,
        state,
        exact < threshold,
        MIXED_METHOD,
        survey.scores,
        survey.population,
        six_decimals(share * low + rest),
        six_decimals(share * high + rest),
        survey.exact,
        mark,
        survey.absent_roles,
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
    lines: Iterable[Line],
    marks_by_indicator: Mapping[str, Sequence[RespondentMarks]],
    n_questions: Mapping[str, int],
    asked: Asked,
    fact_marks: Mapping[str, Fraction | None],
) -> list[LineScore]:
    """Score every line of the agreement by its own kind of measure."""
    return [
        _score_line(
            line,
            survey_score(marks_by_indicator.get(line.indicator_key, ()), n_questions.get(line.indicator_key, 0), asked),
            fact_marks.get(line.indicator_key),
        )
        for line in lines
    ]


def _score_line(line: Line, survey: SurveyScore, mark: Fraction | None) -> LineScore:
    if line.measure in ("factual", "contractual"):
        return score_fact_line(line, mark)
    return score_mixed_line(line, survey, mark) if line.measure == "mixed" else score_survey_line(line, survey)


def six_decimals(value: Fraction) -> Decimal:
    """Keep six decimals of a bound, which is for print: verdicts were reached before."""
    return Decimal(round(value * 10**6)).scaleb(-6)
