"""From answers to scores, exactly: question -> respondent -> indicator -> theme -> overall."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from survey_app.statistics import decide, straight_lining, stratified_mean

LEVEL = 0.9
LEAST_RESPONSE = Fraction(40, 100)
# Under this many marks a form tells nothing of how it was filled; runs of nines and tens may be praise.
LEAST_MARKS, LONG_RUN, PRAISE = 8, Fraction(4, 5), 9
LEAST_SECONDS_A_MARK = 2
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
class RoleMarks:
    """One role: its share of the score, its contacts, and the scores of those who answered."""

    role: str
    share: Fraction
    scores: tuple[Fraction, ...]
    population: int

    @property
    def mean(self) -> Fraction:
        return sum(self.scores, Fraction(0)) / len(self.scores)

    @property
    def part(self) -> Fraction:
        return self.share * self.mean


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
    return tuple(score for score, n_people in _valid_scores(marks, n_questions) for _ in range(n_people))


def _valid_scores(marks: Sequence[RespondentMarks], n_questions: int) -> list[tuple[Fraction, int]]:
    scored = [(respondent_score(one, n_questions), one.n_people) for one in marks]
    return [(score, n_people) for score, n_people in scored if score is not None]


def survey_score(marks: Sequence[RespondentMarks], n_questions: int, asked: Asked) -> SurveyScore:
    """Average over respondents, or over roles by the agreement's shares where it fixes them.

    Fewer people than the mode promises have no score: sheet, plan and money would tell what each of them gave.
    """
    found = _over_roles(marks, n_questions, asked) if asked.role_shares else _over_people(marks, n_questions, asked)
    return found if len(found.scores) >= asked.fewest else SurveyScore(found.scores, found.population)


def _over_people(marks: Sequence[RespondentMarks], n_questions: int, asked: Asked) -> SurveyScore:
    scores = respondent_scores(marks, n_questions)
    population = survey_population(marks, n_questions, asked.n_invited)
    if not scores:
        return SurveyScore((), population)
    total = sum((score * n_people for score, n_people in _valid_scores(marks, n_questions)), Fraction(0))
    return SurveyScore(scores, population, exact=total / len(scores))


def _over_roles(marks: Sequence[RespondentMarks], n_questions: int, asked: Asked) -> SurveyScore:
    """Weigh the mean of each role that answered; the population is that of the agreement's roles."""
    roles = tuple(_role_marks(role, share, marks, n_questions, asked) for role, share in asked.role_shares.items())
    present = [role for role in roles if role.scores]
    if not present:
        return SurveyScore((), survey_population(marks, n_questions, asked.n_invited))
    exact = sum(role.part for role in present) / sum((role.share for role in present), Fraction(0))
    counted = tuple(score for role in present for score in role.scores)
    absent = tuple(role.role for role in roles if not role.scores)
    return SurveyScore(counted, sum(role.population for role in roles), roles, absent, exact)


def _role_marks(
    role: str, share: Fraction, marks: Sequence[RespondentMarks], n_questions: int, asked: Asked
) -> RoleMarks:
    own = [one for one in marks if one.role == role]
    population = survey_population(own, n_questions, asked.n_by_role.get(role, 0))
    return RoleMarks(role, share, respondent_scores(own, n_questions), population)


def _judge(survey: SurveyScore, goal: Fraction) -> tuple[str, Fraction, Fraction]:
    """Return the state and the interval of the survey's part against the mark it has to reach."""
    if survey.roles:
        return _judge_roles(survey.roles, goal)
    decision = decide(survey.scores, survey.population, goal, level=LEVEL)
    return decision.state, Fraction(decision.interval.low), Fraction(decision.interval.high)


def _judge_roles(roles: Sequence[RoleMarks], goal: Fraction) -> tuple[str, Fraction, Fraction]:
    """Return the state and the approximate interval of a score weighed by roles, exact where everybody answered.

    A role that nobody answered for may stand anywhere on the scale: its whole share widens the interval, so that
    its silence is never lent to the others.
    """
    answered = [role for role in roles if role.scores]
    share = sum((role.share for role in answered), Fraction(0))
    mean = sum(role.part for role in answered) / share
    low = high = mean
    if any(len(role.scores) < role.population for role in answered):
        interval = stratified_mean([(role.scores, role.population, role.share / share) for role in answered], LEVEL)
        low, high = Fraction(interval.low), Fraction(interval.high)
    low, high = share * low, share * high + (1 - share) * 10
    if sum(len(role.scores) for role in roles) < LEAST_RESPONSE * sum(role.population for role in roles):
        return "inconclusive", low, high
    if low >= goal and mean >= goal:
        return "met", low, high
    return ("not_met" if high < goal and mean < goal else "inconclusive"), low, high


def role_bounds(roles: Sequence[RoleMarks]) -> tuple[Fraction, Fraction]:
    """Return the score if all the silent had given 0, and 10; a role that nobody answered for may stand anywhere."""
    answered = [role for role in roles if role.scores]
    low = sum((role.share * sum(role.scores) / role.population for role in answered), Fraction(0))
    silent = sum(role.share * (role.population - len(role.scores)) / role.population for role in answered)
    return low, low + 10 * (silent + sum(role.share for role in roles if not role.scores))


def score_line(line: Line, survey: SurveyScore, mark: Fraction | None) -> LineScore:
    """Score a line by its own kind of measure, with its exact verdict; what lacks a part is not measurable.

    Facts are certain: a blend of the agreement's stated shares reaches its threshold exactly where the survey's part
    reaches what the facts leave it to reach, so the state is judged there, without rounding.
    """
    if line.measure in ("factual", "contractual"):
        return _score_facts(line, mark)
    is_mixed = line.measure == "mixed"
    if survey.exact is None or (is_mixed and mark is None):
        return LineScore(
            line,
            None,
            "not_measurable",
            False,
            MIXED_METHOD if is_mixed else SURVEY_METHOD,
            survey.scores,
            survey.population,
            survey_mark=survey.exact,
            fact_mark=mark if is_mixed else None,
        )
    share = line.survey_share if is_mixed else Fraction(1)
    added = (1 - share) * (mark or 0)
    exact, threshold = share * survey.exact + added, Fraction(line.threshold)
    state, low, high = _judge(survey, (threshold - added) / share)
    return LineScore(
        line,
        exact,
        state,
        exact < threshold,
        MIXED_METHOD if is_mixed else ROLES_METHOD if survey.roles else SURVEY_METHOD,
        survey.scores,
        survey.population,
        six_decimals(share * low + added),
        six_decimals(share * high + added),
        survey.exact,
        mark if is_mixed else None,
        survey.absent_roles,
    )


def _score_facts(line: Line, mark: Fraction | None) -> LineScore:
    """Score a line counted over the period: certain, so met or not met."""
    if mark is None:
        return LineScore(line, None, "not_measurable", False, FACT_METHOD)
    is_breach, bound = mark < Fraction(line.threshold), six_decimals(mark)
    state = "not_met" if is_breach else "met"
    return LineScore(line, mark, state, is_breach, FACT_METHOD, low=bound, high=bound, fact_mark=mark)


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
    """Score every line of the agreement."""
    return [
        score_line(
            line, survey_score(marks_by_indicator.get(key, ()), n_questions.get(key, 0), asked), fact_marks.get(key)
        )
        for line in lines
        for key in (line.indicator_key,)
    ]


def is_flagged(marks: Sequence[int], n_seconds: int | None) -> bool:
    """Flag a form whose marks hardly vary without being praise, or that was filled faster than it can be read.

    A flag to look at, never a reason to delete.
    """
    if len(marks) < LEAST_MARKS:
        return False
    if n_seconds is not None and n_seconds < LEAST_SECONDS_A_MARK * len(marks):
        return True
    run = straight_lining(marks)
    return run >= LEAST_MARKS and run >= LONG_RUN * len(marks) and max(marks) < PRAISE


def six_decimals(value: Fraction) -> Decimal:
    """Keep six decimals of a bound, which is for print: verdicts were reached before."""
    return Decimal(round(value * 10**6)).scaleb(-6)
